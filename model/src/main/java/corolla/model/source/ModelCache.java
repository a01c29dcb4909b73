package corolla.model.source;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of fetched models, shared by all processes of this machine: who uses what, and how much there may be. What was not
 * used for longest goes first; what somebody uses stays. Thread-safe. What was held is free again after {@link #close}.
 */
final class ModelCache implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ModelCache.class.getName());
    private static final long DISK_KEPT_BYTES = 1L << 30; // stock servers keep as much free

    private final Environment environment;
    private final Path models;
    private final long bytesMax;
    private @Nullable CacheLease lease; // guarded by this

    ModelCache(Environment environment, SourceConfig config) {
        this.environment = environment;
        this.models = config.cache().resolve("models");
        this.bytesMax = config.cacheBytesMax();
    }

    Path models() {
        return models;
    }

    /** Keeps files from being removed, and notes that they are used. Of a cache that cannot be written nothing is removed either. */
    void hold(List<CacheFile> files, Deadline deadline) throws IOException, InterruptedException {
        boolean nothingToSay = files.isEmpty() && !isHolding();
        if (nothingToSay || !Files.isDirectory(models) || !Files.isWritable(models)) {
            return;
        }
        try (CacheLock lock = CacheLock.acquire(models, environment.clock(), deadline)) {
            holdLocked(files, 0);
        }
    }

    /**
     * Keeps files from being removed, and makes room for those that are missing.
     *
     * @throws IOException when there is not enough to remove
     */
    void makeRoom(List<CacheFile> files, Deadline deadline) throws IOException, InterruptedException {
        try (CacheLock lock = CacheLock.acquire(models, environment.clock(), deadline)) {
            long bytesMissing = 0;
            for (CacheFile file : files) {
                bytesMissing += file.bytesMissing();
            }
            holdLocked(files, 0); // first, so that none of them is removed
            if (bytesMissing > 0) {
                remove(bytesMissing);
                holdLocked(List.of(), bytesMissing);
            }
        }
    }

    /** All that room was made for has come. */
    void filled(Deadline deadline) throws IOException, InterruptedException {
        hold(List.of(), deadline);
    }

    private synchronized boolean isHolding() {
        return lease != null;
    }

    private synchronized void holdLocked(List<CacheFile> files, long bytesToCome) throws IOException {
        if (lease == null) {
            lease = CacheLease.open(models, environment.randoms());
        }
        lease.hold(files, bytesToCome);
        FileTime now = FileTime.from(environment.clock().now());
        for (CacheFile file : files) {
            if (Files.exists(file.path())) {
                Files.getFileAttributeView(file.path(), BasicFileAttributeView.class)
                        .setTimes(null, now, null);
            }
        }
    }

    /** A file that may go. */
    private record Old(Path path, long bytes, FileTime used) {}

    private void remove(long bytesNeeded) throws IOException {
        CacheLease.Held held = CacheLease.readAll(models);
        List<Old> old = new ArrayList<>();
        long used = scan(held, old);
        long kept = used + held.bytesToCome();
        long free = Files.getFileStore(models).getUsableSpace() - held.bytesToCome() - DISK_KEPT_BYTES;
        long missing = bytesNeeded - Math.min(free, bytesMax - kept);
        old.sort(Comparator.comparing(Old::used).thenComparing(Old::path));
        long removable = old.stream().mapToLong(Old::bytes).sum();
        if (missing > removable) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "no room for %,d bytes more: %s holds %,d bytes, of which %,d may be removed, others bring %,d; %s, and"
                            + " its disk has %,d free besides the %,d that are kept",
                    bytesNeeded,
                    models,
                    used,
                    removable,
                    held.bytesToCome(),
                    bytesMax == Long.MAX_VALUE
                            ? "there is no limit"
                            : String.format(Locale.ROOT, "the limit is %,d (--max-disk-space)", bytesMax),
                    free,
                    DISK_KEPT_BYTES));
        }
        for (Old file : old) {
            if (missing <= 0) {
                return;
            }
            Files.deleteIfExists(file.path());
            missing -= file.bytes();
            LOG.log(System.Logger.Level.INFO, "removed from the cache file={0} bytes={1}", file.path(), file.bytes());
        }
    }

    /** Returns the size of all; collects what may go. */
    private long scan(CacheLease.Held held, List<Old> old) throws IOException {
        long used = 0;
        List<Path> all;
        try (Stream<Path> walk = Files.walk(models)) {
            all = walk.toList();
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
        for (Path path : all) {
            if (!Files.isRegularFile(path) || CacheLease.isNote(models, path)) {
                continue;
            }
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            used += attributes.size();
            if (isWeights(path) && !held.names().contains(held(path))) {
                old.add(new Old(path, attributes.size(), attributes.lastAccessTime()));
            }
        }
        return used;
    }

    /** The name under which a file, or the unfinished part of it, would be held. */
    private String held(Path path) {
        String name = CacheLease.name(models, path);
        return name.endsWith(".part") ? name.substring(0, name.length() - ".part".length()) : name;
    }

    /** Only what is large goes: the small files that describe a model cost nothing. */
    private static boolean isWeights(Path path) {
        String name = String.valueOf(path.getFileName());
        return name.endsWith(".safetensors")
                || name.endsWith(".gguf")
                || name.endsWith(".part")
                || name.matches("\\d+-\\d+");
    }

    @Override
    public synchronized void close() {
        CacheLease mine = lease;
        lease = null;
        if (mine != null) {
            try {
                mine.close();
            } catch (IOException failed) {
                LOG.log(System.Logger.Level.WARNING, "cannot end the use of the model cache {0}: {1}", models, failed);
            }
        }
    }
}
