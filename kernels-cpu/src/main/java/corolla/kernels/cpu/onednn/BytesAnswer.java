package corolla.kernels.cpu.onednn;

import corolla.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Five rows of bytes by bytes, all near the largest: without VNNI instructions oneDNN adds pairs of products in 16 bits, which do
 * not hold them, and says nothing.
 */
final class BytesAnswer {
    private static final int M = 5;
    private static final int N = 48;
    private static final int K = 1000;
    private static final int STRIDE = K + 4;

    private BytesAnswer() {}

    static boolean isRight(Dnnl dnnl) {
        try (Products products = new Products(dnnl, true, false);
                Arena arena = Arena.ofConfined()) {
            var shape = new Multiplication(M, N, K, K, DType.I8, 1, STRIDE, N, false);
            String name = products.implementation(shape);
            if (name.startsWith("ref") || name.startsWith("gemm:")) {
                return false;
            }
            MemorySegment x = arena.allocate(M * K);
            MemorySegment w = arena.allocate(N * STRIDE);
            MemorySegment y = arena.allocate(4L * M * N, 64);
            for (int i = 0; i < M * K; i++) {
                x.set(ValueLayout.JAVA_BYTE, i, source(i));
            }
            for (int i = 0; i < N * STRIDE; i++) {
                w.set(ValueLayout.JAVA_BYTE, i, weight(i / STRIDE, i % STRIDE));
            }
            products.multiply(shape, x, w, y);
            return isRight(y);
        } catch (DnnlException unimplemented) {
            return false;
        }
    }

    private static byte source(int index) {
        return (byte) (127 - index % 3);
    }

    private static byte weight(int n, int k) {
        return (byte) ((n % 2 == 0 ? 1 : -1) * (127 - (n + k) % 5));
    }

    private static boolean isRight(MemorySegment y) {
        for (int m = 0; m < M; m++) {
            for (int n = 0; n < N; n++) {
                int sum = 0;
                for (int k = 0; k < K; k++) {
                    sum += source(m * K + k) * weight(n, k);
                }
                if (y.getAtIndex(ValueLayout.JAVA_INT, (long) m * N + n) != sum) {
                    return false;
                }
            }
        }
        return true;
    }
}
