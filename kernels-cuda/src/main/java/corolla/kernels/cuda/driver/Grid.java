package corolla.kernels.cuda.driver;

/**
 * How many blocks a launch has in each direction, and threads a block.
 *
 * @param x up to 2^31 - 1
 * @param y up to 65535
 * @param z up to 65535
 */
public record Grid(int x, int y, int z, int threads) {
    private static final int NARROW_MAX = 65535;

    public Grid {
        if (x < 1 || y < 1 || z < 1 || y > NARROW_MAX || z > NARROW_MAX || threads < 1) {
            throw new IllegalArgumentException(
                    "grid of " + x + " by " + y + " by " + z + " blocks of " + threads + " threads");
        }
    }

    @Override
    public String toString() {
        return "(" + x + ", " + y + ", " + z + ") blocks of " + threads + " threads";
    }
}
