package corolla.model.source;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Keeps two processes, and two threads of one, from fetching into the same folder at once. The system frees it with the process. */
final class CacheLock implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final FileChannel channel;

    private CacheLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Waits for the lock of a folder, which is made. */
    static CacheLock acquire(Path folder, Clock clock, Deadline deadline) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path file = folder.resolve(".lock");
        while (true) {
            CacheLock lock = tryAcquire(file);
            if (lock != null) {
                return lock;
            }
            if (deadline.isOver(clock)) {
                throw new DeadlineException("another process is fetching into " + folder
                        + ", it did not end in time; wait for it, or end it");
            }
            clock.sleep(PAUSE);
        }
    }

    private static @Nullable CacheLock tryAcquire(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new CacheLock(channel);
            }
        } catch (OverlappingFileLockException heldByThisProcess) {
            channel.close();
            return null;
        } catch (IOException | RuntimeException failed) {
            channel.close();
            throw failed;
        }
        channel.close();
        return null;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
