package corolla.kernels.cuda;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.Products.Target;
import corolla.kernels.cuda.driver.Arguments;
import corolla.tensor.DType;

/** Products with the experts that rows have chosen on the device: blocks find theirs in its tables. Thread-safe. */
final class ChosenProducts {
    static final KernelSource INT8 = KernelSource.of("outputs.cu", "int8.cu", "jobs.cu", "chosenInt8.cu");

    private final Products products;

    ChosenProducts(Products products) {
        this.products = products;
    }

    /**
     * Rows of products' inputs.
     *
     * @param rows 1 where all places have the same row, or as many as there are places
     */
    record Inputs(long x, int rows, boolean same) {}

    /** y (places, outputs) = the product of each place's row with its expert, and its bias. */
    void forward(Operation operation, DeviceRouting routing, ExpertTable table, Inputs inputs, long y) {
        boolean biased = table.biases() != null;
        if (biased) {
            operation.launchOver(
                    routing.count() * table.rows(),
                    DeviceRouting.ROUTING,
                    "fillBiases",
                    operation
                            .arguments()
                            .wide(operation.read(table.biases()))
                            .wide(routing.expertsAt())
                            .wide(y)
                            .wide(routing.count() * table.rows())
                            .wide(table.rows()));
        }
        long column = 0;
        boolean hasInt8 = false;
        for (ExpertTable.Part part : table.parts()) {
            Target target = new Target(y, table.rows(), column, biased);
            if (part.shape().dtype() == DType.INT8) {
                // As with other products: one whose parts are apart counts its features once.
                mixed(operation, routing, part, inputs, target, !hasInt8);
                hasInt8 = true;
            } else {
                direct(operation, routing, part, inputs, target);
            }
            column += part.shape().rows();
        }
    }

    private static Arguments weights(Operation operation, DeviceRouting routing, ExpertTable.Part part, long x) {
        return operation
                .arguments()
                .wide(part.addresses())
                .wide(routing.jobs())
                .wide(part.shape().rows())
                .wide(x);
    }

    private static void launch(
            Operation operation, KernelSource source, DeviceRouting routing, CudaPart part, Arguments arguments) {
        operation.launch(source, "chosen" + routing.together(), Products.passes(part, routing.jobsMax()), arguments);
    }

    private static void direct(
            Operation operation, DeviceRouting routing, ExpertTable.Part part, Inputs inputs, Target target) {
        CudaPart shape = part.shape();
        Arguments arguments = weights(operation, routing, part, inputs.x())
                .integer(inputs.same() ? 1 : 0)
                .integer(shape.columns());
        launch(operation, Products.product(shape.dtype()), routing, shape, target.appendTo(arguments));
    }

    private void mixed(
            Operation operation,
            DeviceRouting routing,
            ExpertTable.Part part,
            Inputs inputs,
            Target target,
            boolean counts) {
        CudaPart shape = part.shape();
        MixedProducts.Rows rows = products.mixed().split(operation, inputs.x(), inputs.rows(), shape, counts);
        Arguments arguments = weights(operation, routing, part, inputs.x())
                .wide(rows.numbers())
                .wide(rows.scales())
                .wide(rows.outliers())
                .wide(rows.counts())
                .integer(inputs.same() ? 1 : 0)
                .integer(shape.columns());
        launch(operation, INT8, routing, shape, target.appendTo(arguments));
    }
}
