package corolla.cli;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a command has opened; closed in the opposite order. Confined to the command's thread. */
final class Resources implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Resources.class.getName());

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Closes all, whatever happens with one of them; that is logged. */
    @Override
    public void close() {
        while (!opened.isEmpty()) {
            closeOne(opened.pop());
        }
    }

    private static void closeOne(AutoCloseable resource) {
        try {
            resource.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "not closed in order: " + resource.getClass().getSimpleName(),
                    e);
        }
    }
}
