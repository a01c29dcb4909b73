package corolla.tensor;

/** Shape checks at a kernel's door; inside, loops trust them. */
public final class Check {
    private Check() {}

    public static void floats(String name, Tensor tensor) {
        if (tensor.dtype() != DType.F32) {
            throw new IllegalArgumentException(name + " must be F32, is " + tensor);
        }
    }

    public static void columns(String name, Tensor tensor, long columns) {
        if (tensor.columns() != columns) {
            throw new IllegalArgumentException(name + " is " + tensor + ", expected " + columns + " columns");
        }
    }

    public static void sameRows(String name, Tensor tensor, String otherName, Tensor other) {
        if (tensor.rows() != other.rows()) {
            throw new IllegalArgumentException(
                    name + " " + tensor + " and " + otherName + " " + other + " differ in rows");
        }
    }

    public static void sameShape(String name, Tensor tensor, String otherName, Tensor other) {
        sameRows(name, tensor, otherName, other);
        columns(otherName, other, tensor.columns());
    }

    /** Two tensors of one type with as many elements, whatever their shapes. */
    public static void sameBytes(Tensor from, Tensor to) {
        if (from.dtype() != to.dtype() || from.elements() != to.elements()) {
            throw new IllegalArgumentException("cannot copy " + from + " into " + to);
        }
    }

    /** Parts of a matrix, one below the other. */
    public static void parts(Tensor... parts) {
        for (Tensor part : parts) {
            if (part.columns() != parts[0].columns() || part.rows() == 0) {
                throw new IllegalArgumentException("part " + part + " beside " + parts[0] + " in a matrix");
            }
        }
    }

    /** A matrix as the kernels that are asked make them. */
    public static <T extends Matrix> T own(Class<T> kind, Matrix matrix) {
        if (kind.isInstance(matrix)) {
            return kind.cast(matrix);
        }
        throw new IllegalArgumentException(
                "matrix was made by other kernels: " + matrix.getClass().getSimpleName());
    }

    /** Input (n, inputs) and output (n, outputs) of a linear map. */
    public static void linear(Tensor input, long inputs, Tensor output, long outputs) {
        floats("input", input);
        floats("output", output);
        columns("input", input, inputs);
        columns("output", output, outputs);
        sameRows("input", input, "output", output);
    }

    /** Arguments of {@link Kernels#rmsNorm}. */
    public static void norm(Tensor x, Tensor weight, Tensor y) {
        floats("input", x);
        floats("norm weight", weight);
        floats("output", y);
        sameShape("input", x, "output", y);
        if (weight.elements() != x.columns()) {
            throw new IllegalArgumentException("norm weight " + weight + " for " + x);
        }
    }

    /** Arguments of {@link Kernels#layerNorm}. */
    public static void layerNorm(Tensor x, Tensor weight, Tensor bias, Tensor y) {
        norm(x, weight, y);
        floats("norm bias", bias);
        if (bias.elements() != x.columns()) {
            throw new IllegalArgumentException("norm bias " + bias + " for " + x);
        }
    }

    /** Arguments of {@link Kernels#addBias}. */
    public static void bias(Matrix w, Tensor bias, Tensor y) {
        floats("bias", bias);
        floats("output", y);
        columns("output", y, w.rows());
        if (bias.elements() != w.rows()) {
            throw new IllegalArgumentException("bias " + bias + " for a matrix of " + w.rows() + " rows");
        }
    }

    /** Two f32 tensors of one shape. */
    public static void pair(Tensor x, Tensor out) {
        floats("input", x);
        floats("output", out);
        sameShape("input", x, "output", out);
    }

    /** Arguments of {@link Kernels#gate}. */
    public static void gated(Tensor gateUp, Tensor out) {
        floats("gate and up", gateUp);
        floats("output", out);
        sameRows("gate and up", gateUp, "output", out);
        columns("gate and up", gateUp, 2 * out.columns());
    }

    /** Arguments of {@link BackwardKernels#rmsNorm}. */
    public static void normBackward(Tensor x, Tensor weight, Tensor dy, Tensor dx) {
        norm(x, weight, dy);
        floats("gradient of the input", dx);
        sameShape("input", x, "its gradient", dx);
    }

    /** Arguments of {@link BackwardKernels#crossEntropy}. */
    public static void losses(Tensor logits, int[] targets, Tensor losses) {
        floats("logits", logits);
        floats("losses", losses);
        columns("losses", losses, 1);
        sameRows("logits", logits, "losses", losses);
        if (targets.length != logits.rows()) {
            throw new IllegalArgumentException(targets.length + " targets for logits " + logits);
        }
        for (int target : targets) {
            if (target != BackwardKernels.NO_TARGET && (target < 0 || target >= logits.columns())) {
                throw new IllegalArgumentException("target " + target + " of " + logits.columns() + " classes");
            }
        }
    }

    /** Arguments of {@link Kernels#rows}. */
    public static void lookup(Matrix table, int[] ids, Tensor out) {
        floats("output", out);
        columns("output", out, table.columns());
        if (out.rows() != ids.length) {
            throw new IllegalArgumentException(ids.length + " ids for output " + out);
        }
        for (int id : ids) {
            if (id < 0 || id >= table.rows()) {
                throw new IllegalArgumentException("id " + id + " is outside a table of " + table.rows() + " rows");
            }
        }
    }

    /** Input (n, inputs) and output (n, outputs) of a linear map by groups that cover n rows. */
    public static void groups(Tensor input, RowGroups groups, GroupMatrix w, Tensor output) {
        linear(input, w.columns(), output, w.rows());
        if (groups.count() != w.matrices().size() || groups.end(groups.count() - 1) != input.rows()) {
            throw new IllegalArgumentException(groups.count() + " groups of " + groups.end(groups.count() - 1)
                    + " rows for " + w.matrices().size() + " matrices and input " + input);
        }
    }

    /** Rows in the order of a routing's places, and rows of its batch. */
    public static void sorted(Tensor sorted, Routing routing, Tensor rows) {
        floats("sorted rows", sorted);
        floats("rows", rows);
        columns("sorted rows", sorted, rows.columns());
        if (sorted.rows() != routing.places() || rows.rows() != routing.rows()) {
            throw new IllegalArgumentException("sorted rows " + sorted + " and rows " + rows + " for "
                    + routing.places() + " places of " + routing.rows() + " rows");
        }
    }

    /** Arguments of {@link ExpertKernels#combineBackward}. */
    public static void weighed(Tensor inner, Tensor dInner, Tensor dSorted, GroupMatrix projection, Routing routing) {
        groups(dInner, routing.groups(), projection, dSorted);
        floats("inner", inner);
        sameShape("inner", inner, "its gradient", dInner);
        if (inner.rows() != routing.places()) {
            throw new IllegalArgumentException("inner " + inner + " for " + routing.places() + " places");
        }
    }
}
