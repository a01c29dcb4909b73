package corolla.cli.table3;

import java.io.IOException;

/**
 * Memory that is larger and slower than the one that blocks compute in, and holds weights for them; with a working buffer in the fast one, which a
 * block's weights are brought to. Confined to one thread; owns its memory.
 */
interface SlowMemory extends AutoCloseable {

    /** Begins to bring a block's weights; may be done with it when it returns. */
    void begin(int block) throws IOException, InterruptedException;

    /** Waits until all is there that was begun. */
    void await();

    @Override
    void close();
}
