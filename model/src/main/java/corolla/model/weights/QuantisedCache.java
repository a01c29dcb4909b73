package corolla.model.weights;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Quantised blocks on disk, a file each, shared by all processes of this machine. A file appears whole or not at all, is checked when
 * it is opened, and made again when it is damaged. What was not used for longest goes when the limit is reached; who has such a
 * file mapped keeps its bytes. Thread-safe.
 *
 * @param folder made when needed
 * @param bytesMax what all files may take together
 */
public record QuantisedCache(Path folder, long bytesMax) {
    private static final System.Logger LOG = System.getLogger(QuantisedCache.class.getName());
    private static final String SUFFIX = ".block";
    private static final String PART = ".part";
    private static final long DISK_KEPT_BYTES = 1L << 30; // as the cache of models keeps

    /** A file that may be removed. */
    private record Kept(Path path, FileTime used, long bytes) {}

    public QuantisedCache {
        if (bytesMax < 0) {
            throw new IllegalArgumentException("a cache of " + bytesMax + " bytes");
        }
    }

    /** Opens a block's file, which is written first where it is missing or damaged. */
    QuantisedFile open(String key, BlockLayoutOnDisk layout, QuantisedFile.Source source) throws IOException {
        Path path = folder.resolve(key + SUFFIX);
        try {
            QuantisedFile file = QuantisedFile.open(path, layout);
            Files.setLastModifiedTime(path, now(path));
            return file;
        } catch (NoSuchFileException missing) {
            LOG.log(Level.DEBUG, "quantised block is not there yet: {0}", path);
        } catch (IOException damaged) {
            LOG.log(Level.WARNING, "quantised block is made again: {0}", damaged.getMessage());
        }
        make(path, layout, source);
        return QuantisedFile.open(path, layout);
    }

    /** The file system's clock: it is compared with no other. */
    private static FileTime now(Path path) throws IOException {
        Path probe = Files.createTempFile(path.getParent(), "now", PART);
        try {
            return Files.getLastModifiedTime(probe);
        } finally {
            Files.delete(probe);
        }
    }

    private void make(Path path, BlockLayoutOnDisk layout, QuantisedFile.Source source) throws IOException {
        Files.createDirectories(folder);
        makeRoom(layout.bytes() + QuantisedFile.HASH_BYTES);
        Path part = Files.createTempFile(folder, "block", PART);
        try {
            Files.delete(part); // the name is ours, the file is created by who writes it
            QuantisedFile.write(part, layout, source);
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private void makeRoom(long bytes) throws IOException {
        if (bytes > bytesMax) {
            throw new IOException("a block of " + bytes + " bytes is more than the " + bytesMax + " of " + folder);
        }
        List<Kept> files = oldestFirst();
        FileStore disk = Files.getFileStore(folder);
        long taken = files.stream().mapToLong(Kept::bytes).sum();
        for (Kept oldest : files) {
            if (taken + bytes <= bytesMax && disk.getUsableSpace() - bytes >= DISK_KEPT_BYTES) {
                return;
            }
            Files.deleteIfExists(oldest.path);
            LOG.log(Level.INFO, "quantised block removed to make room: {0}", oldest.path);
            taken -= oldest.bytes;
        }
        if (disk.getUsableSpace() - bytes < DISK_KEPT_BYTES) {
            throw new IOException("no room for " + bytes + " bytes in " + folder + ": the disk has "
                    + disk.getUsableSpace() + " free, of which " + DISK_KEPT_BYTES + " stay so");
        }
    }

    private List<Kept> oldestFirst() throws IOException {
        List<Kept> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path path : all.toList()) {
                addIfThere(path, files);
            }
        }
        files.sort((a, b) -> a.used.compareTo(b.used));
        return files;
    }

    private static void addIfThere(Path path, List<Kept> files) throws IOException {
        try {
            files.add(new Kept(path, Files.getLastModifiedTime(path), Files.size(path)));
        } catch (NoSuchFileException gone) {
            LOG.log(Level.DEBUG, "another process removed {0}", path);
        }
    }
}
