package corolla.model.source;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Keeps two processes, and two threads of one, from fetching into the same folder at once. The system frees it with the process. */
final class CacheLock implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(200);

    /** A process loses its lock by closing any channel of the file (POSIX), so nobody may open one that is held here. */
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private CacheLock(Path file, FileChannel channel) {
        this.file = file;
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
        Path real = file.toAbsolutePath().normalize();
        if (!HELD_HERE.add(real)) {
            return null;
        }
        CacheLock lock = null;
        try {
            FileChannel channel = FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                lock = channel.tryLock() == null ? null : new CacheLock(real, channel);
            } finally {
                if (lock == null) {
                    channel.close();
                }
            }
            return lock;
        } finally {
            if (lock == null) {
                HELD_HERE.remove(real);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            HELD_HERE.remove(file);
        }
    }
}
