package corolla.bench.blocks;

import corolla.base.compute.Member;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The matrices of some blocks of one shape: enough of them that no cache holds the weights. Confined to one team. */
final class RandomBlocks {
    private static final long BYTES_MIN = 256L << 20;
    private static final int BLOCKS_MAX = 16;

    private final BlockShape shape;
    private final Kernels kernels;
    private final Arena arena;
    private final Random random = new Random(1);
    private final List<List<Matrix>> blocks = new ArrayList<>();

    RandomBlocks(Kernels kernels, BlockShape shape, DType dtype, Arena arena) {
        this.shape = shape;
        this.kernels = kernels;
        this.arena = arena;
        do {
            List<Matrix> block = new ArrayList<>();
            for (int[] size : shape.products()) {
                block.add(matrix(dtype, size[0], size[1]));
            }
            blocks.add(block);
        } while (bytes() < BYTES_MIN && blocks.size() < BLOCKS_MAX);
    }

    /** One random row repeated: products do not look at what they multiply. */
    private Matrix matrix(DType dtype, int rows, int columns) {
        Tensor row = Elements.convert(arena, floats(1, columns), dtype);
        Tensor all = Tensor.allocate(arena, dtype, rows, columns);
        for (int i = 0; i < rows; i++) {
            all.slice(i, i + 1).copyFrom(row);
        }
        return kernels.matrix(arena, all);
    }

    private Tensor floats(long rows, long columns) {
        Tensor tensor = Tensor.allocate(arena, DType.F32, rows, columns);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }

    int count() {
        return blocks.size();
    }

    /** What one pass over all blocks reads. */
    long bytes() {
        return blocks.stream().flatMap(List::stream).mapToLong(Matrix::bytes).sum();
    }

    /** Activations for a number of tokens. */
    Step step(int tokens) {
        return new Step(tokens);
    }

    final class Step {
        private final List<Tensor> inputs = new ArrayList<>();
        private final List<Tensor> outputs = new ArrayList<>();
        private final List<Tensor> gradients = new ArrayList<>(); // of the inputs, which stay as they are

        private Step(int tokens) {
            for (int[] size : shape.products()) {
                inputs.add(floats(tokens, size[1]));
                outputs.add(floats(tokens, size[0]));
                gradients.add(Tensor.allocate(arena, DType.F32, tokens, size[1]));
            }
        }

        /** The products of a block, of another one each round: no cache has its weights. */
        void next(Member me, int round) {
            forward(me, blocks.get(round % blocks.size()));
        }

        /** The products of one block. */
        void forward(Member me) {
            forward(me, blocks.getFirst());
        }

        private void forward(Member me, List<Matrix> block) {
            for (int i = 0; i < block.size(); i++) {
                kernels.multiply(me, inputs.get(i), block.get(i), outputs.get(i));
                me.barrier();
            }
        }

        /** Their gradients with respect to the inputs. */
        void backward(Member me) {
            for (int i = 0; i < inputs.size(); i++) {
                kernels.multiplyTransposed(me, outputs.get(i), blocks.getFirst().get(i), gradients.get(i));
                me.barrier();
            }
        }
    }
}
