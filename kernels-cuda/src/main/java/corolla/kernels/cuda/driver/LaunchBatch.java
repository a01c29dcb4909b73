package corolla.kernels.cuda.driver;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Launches that the driver does not know of yet. Pure; confined. */
final class LaunchBatch {
    private static final int WORDS_A_LAUNCH = 3;

    private final int launchesMax;
    private final List<Launch> launches = new ArrayList<>();
    private final List<Long> marks = new ArrayList<>();

    LaunchBatch(int launchesMax) {
        this.launchesMax = launchesMax;
    }

    /**
     * What a batch is known by: kernels, grids and marks, but not arguments.
     *
     * @param words never changed
     */
    record Key(long[] words) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(words, key.words);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(words);
        }
    }

    void add(Launch launch) {
        launches.add(launch);
    }

    /** Tells this batch from others with the same kernels and grids. */
    void mark(long number) {
        marks.add(number);
    }

    boolean isFull() {
        return launches.size() >= launchesMax;
    }

    Key key() {
        long[] words = new long[1 + WORDS_A_LAUNCH * launches.size() + marks.size()];
        int at = 0;
        words[at++] = launches.size();
        for (Launch launch : launches) {
            Grid grid = launch.grid();
            words[at++] = launch.function().handle().address();
            words[at++] = (long) grid.x() << 32 | (long) grid.y() << 16 | grid.z();
            words[at++] = grid.threads();
        }
        for (long mark : marks) {
            words[at++] = mark;
        }
        return new Key(words);
    }

    List<Launch> launches() {
        return List.copyOf(launches);
    }

    void clear() {
        launches.clear();
        marks.clear();
    }
}
