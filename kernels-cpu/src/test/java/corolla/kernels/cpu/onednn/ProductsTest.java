package corolla.kernels.cpu.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ProductsTest {

    @Test
    void chunksCoverAllRowsAndNeverLeaveOne() {
        for (int rows = 2; rows < 3000; rows++) {
            int rest = rows;
            while (rest > 0) {
                int chunk = Products.chunk(rest);
                assertThat(chunk).as("of %d rows left of %d", rest, rows).isBetween(2, rest);
                rest -= chunk;
            }
            assertThat(rest).isZero();
        }
    }
}
