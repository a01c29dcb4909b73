package corolla.dht.protocol;

import corolla.base.task.TaskScope;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** Work that nobody waits for: hand-overs, pings of old members, pushes to caches. At most so much at once; thread-safe. */
public final class Background {
    private static final System.Logger LOGGER = System.getLogger(Background.class.getName());

    private final TaskScope scope;
    private final int tasksMax;
    private final AtomicInteger tasks = new AtomicInteger();

    public Background(TaskScope scope, int tasksMax) {
        this.scope = scope;
        this.tasksMax = tasksMax;
    }

    /** Work that may fail because of others. */
    public interface Work {
        void run() throws IOException, InterruptedException;
    }

    /** Starts work, or leaves it when there is too much already: all of it is done to be quick later, never to be right. */
    public void run(String name, Work work) {
        if (tasks.incrementAndGet() > tasksMax) {
            tasks.decrementAndGet();
            LOGGER.log(System.Logger.Level.DEBUG, () -> "left out for too much in the background: " + name);
            return;
        }
        try {
            scope.run(name, () -> execute(name, work));
        } catch (IllegalStateException closed) {
            tasks.decrementAndGet();
            LOGGER.log(System.Logger.Level.TRACE, () -> "left out for closing: " + name);
        }
    }

    private void execute(String name, Work work) throws InterruptedException {
        try {
            work.run();
        } catch (IOException failure) {
            LOGGER.log(System.Logger.Level.DEBUG, () -> name + " failed: " + failure.getMessage());
        } finally {
            tasks.decrementAndGet();
        }
    }
}
