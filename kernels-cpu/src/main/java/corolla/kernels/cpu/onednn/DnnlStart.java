package corolla.kernels.cpu.onednn;

import corolla.tensor.BFloat16;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Starts oneDNN: unpacks, checks, opens, and tests it against known answers. */
public final class DnnlStart {
    private static final String FOLDER = "org/bytedeco/dnnl/linux-x86_64/";
    private static final String VERSION = "dnnl-3.13-1.5.14-linux-x86_64";
    private static final NativeFile OPEN_MP = new NativeFile(
            FOLDER + "libgomp.so.1",
            "libgomp.so.1",
            298776,
            "d46f9225c1883039e8a6853e6d96ca1af11d034ce186a090952e4a7c8a7c2fdc");
    private static final NativeFile LIBRARY = new NativeFile(
            FOLDER + "libdnnl.so.3",
            "libdnnl.so.3",
            92850136,
            "3610657c35381b06694034b677cf73f28086495aba51ecf0cfb5b6511652a443");

    private DnnlStart() {}

    /** Whether the library runs here. */
    public sealed interface Outcome {
        /**
         * It runs and gave right answers.
         *
         * @param implementation oneDNN's name of the kernel that multiplies f32 by bf16, and why it does not multiply bytes
         */
        record Ready(Factory products, String implementation) implements Outcome {}

        /**
         * It does not.
         *
         * @param reason what was tried and what to do about it
         */
        record Refused(String reason) implements Outcome {}
    }

    /** Makes one {@link Products} for each member of a team. */
    public interface Factory {
        Products create();
    }

    /** Tries, with files unpacked to a folder of {@code cacheFolder}. */
    public static Outcome start(Path cacheFolder) {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!platform.equals("Linux amd64")) {
            return new Outcome.Refused("oneDNN comes for Linux amd64, this is " + platform);
        }
        if (!OPEN_MP.isOnClassPath() || !LIBRARY.isOnClassPath()) {
            return new Outcome.Refused("no " + FOLDER + " on the class path");
        }
        Path folder = cacheFolder.resolve("native").resolve(VERSION);
        try {
            Dnnl dnnl = Dnnl.open(OPEN_MP.unpack(folder), LIBRARY.unpack(folder));
            return tested(dnnl);
        } catch (IOException e) {
            return new Outcome.Refused("cannot unpack oneDNN to " + folder + ": " + e.getMessage());
        } catch (IllegalArgumentException | IllegalCallerException | DnnlException e) {
            return new Outcome.Refused("cannot open oneDNN in " + folder + " (" + e.getMessage()
                    + "); it needs glibc 2.34, libstdc++ of GCC 11, a folder that allows execution and"
                    + " --enable-native-access");
        }
    }

    private static Outcome tested(Dnnl dnnl) {
        String name = "";
        for (DType weights : new DType[] {DType.F32, DType.BF16}) {
            for (boolean transposed : new boolean[] {false, true}) {
                Answer answer = answer(dnnl, new KnownAnswer(DType.F32, weights, transposed));
                name = answer.implementation;
                if (name.startsWith("ref") || name.startsWith("gemm:") || !answer.isRight()) {
                    return new Outcome.Refused("oneDNN's " + name + " for f32 by " + weights
                            + " is slow or wrong here (relative error " + answer.error + ")");
                }
            }
        }
        boolean bytes = BytesAnswer.isRight(dnnl);
        boolean halves = hasFastHalves(dnnl);
        String note = (halves ? ", AMX for bf16 halves of f32" : "")
                + (bytes ? "" : ", not for bytes: it is slow or wrong with them here");
        return new Outcome.Ready(() -> new Products(dnnl, bytes, halves), name + note);
    }

    /** Without AMX, bf16 is twice as fast as f32 at best, and two products in the place of one gain nothing. */
    private static boolean hasFastHalves(Dnnl dnnl) {
        try {
            for (boolean transposed : new boolean[] {false, true}) {
                Answer answer = answer(dnnl, new KnownAnswer(DType.BF16, DType.BF16, transposed));
                if (!answer.implementation.contains("amx") || !answer.isRight()) {
                    return false;
                }
            }
            return true;
        } catch (DnnlException unimplemented) {
            return false;
        }
    }

    private record Answer(String implementation, double error) {
        boolean isRight() {
            return error < 1e-5; // false for NaN, too
        }
    }

    private static Answer answer(Dnnl dnnl, KnownAnswer test) {
        try (Products products = new Products(dnnl, false, false)) {
            return new Answer(products.implementation(test.shape()), test.error(products));
        }
    }

    /** Five rows by a matrix big enough to be computed in blocks, of small integers, whose sums are exact; of its outputs, each fifth is checked. */
    private record KnownAnswer(DType source, DType weights, boolean transposed) {
        private static final int M = 5;
        private static final int N = 48;
        private static final int K = 2048;
        private static final int NUMBERS = 11; // different ones in each row, primes
        private static final int WEIGHTS = 13;
        private static final int CHECKED_EACH = 5; // columns, of all lanes

        Multiplication shape() {
            return new Multiplication(M, N, K, source, K, weights, transposed ? N : 1, transposed ? 1 : K, N, false);
        }

        double error(Products products) {
            try (Arena arena = Arena.ofConfined()) {
                Tensor x = Tensor.allocate(arena, source, M, K);
                Tensor w = Tensor.allocate(arena, weights, N, K);
                Tensor y = Tensor.allocate(arena, DType.F32, M, N);
                fill(x, NUMBERS);
                fill(w, WEIGHTS);
                products.multiply(shape(), x.data(), w.data(), y.data());
                return largestError(y);
            }
        }

        /** The numbers from −(count − 1) / 2 on, again and again. Copied in doubling runs, for this is a start's interpreted code. */
        private static void fill(Tensor tensor, int count) {
            MemorySegment data = tensor.data();
            for (int i = 0; i < count; i++) {
                if (tensor.dtype() == DType.F32) {
                    data.setAtIndex(Tensor.FLOAT, i, number(i, count));
                } else {
                    data.setAtIndex(Tensor.SHORT, i, BFloat16.fromFloat(number(i, count)));
                }
            }
            long bytes = data.byteSize();
            for (long done = tensor.dtype().bytes(count); done < bytes; done *= 2) {
                MemorySegment.copy(data, 0, data, done, Math.min(done, bytes - done));
            }
        }

        private static int number(int index, int count) {
            return index % count - count / 2;
        }

        private double largestError(Tensor y) {
            double error = 0;
            for (int m = 0; m < M; m++) {
                for (int n = 0; n < N; n += CHECKED_EACH) {
                    double sum = sum(m, n);
                    error = Math.max(error, Math.abs(y.getFloat((long) m * N + n) - sum) / Math.max(1, Math.abs(sum)));
                }
            }
            return error;
        }

        private int sum(int m, int n) {
            int sum = 0;
            for (int k = 0; k < K; k++) {
                sum += number(m * K + k, NUMBERS) * number(transposed ? k * N + n : n * K + k, WEIGHTS);
            }
            return sum;
        }
    }
}
