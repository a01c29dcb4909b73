package corolla.model.source;

import corolla.model.safetensors.Piece;
import corolla.model.safetensors.PieceFolder;
import corolla.model.safetensors.SafetensorsHeader;
import corolla.model.source.HubListing.HubFile;
import corolla.model.source.Transfer.Stretch;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One revision of a repository in the cache: what is here, and what can be fetched. A revision is looked up once and stays at
 * that commit. Files appear whole and checked, or not at all. Confined to one thread.
 */
final class HubFolder {
    private static final String LISTING = ".listing.json";
    private static final long SMALL_BYTES_MAX = 256 << 20; // the largest tokenizers have some 35 MB
    private static final int HEADER_GUESS_BYTES = 256 << 10; // most headers are smaller, and one request is enough

    private final HubId id;
    private final Path folder;
    private final @Nullable Remote remote;
    private final HubListing listing;
    private final String base;

    /** How to fetch. */
    record Remote(HubClient client, Downloads downloads) {}

    private HubFolder(HubId id, Path folder, @Nullable Remote remote, HubListing listing) {
        this.id = id;
        this.folder = folder;
        this.remote = remote;
        this.listing = listing;
        this.base = "/" + id.repository() + "/resolve/" + listing.commit() + "/";
    }

    /**
     * Opens the folder, looking the revision up when that was not done before.
     *
     * @param remote null to use what is here
     * @throws NotFetchedException when something is not here and {@code remote} is null; so do all methods
     */
    static HubFolder open(HubId id, Path folder, @Nullable Remote remote) throws IOException, InterruptedException {
        Path cached = folder.resolve(LISTING);
        if (!Files.exists(cached)) {
            if (remote == null) {
                throw new NotFetchedException(id.repository() + " (revision " + id.revision() + ")");
            }
            fetchListing(id, cached, remote);
        }
        return new HubFolder(id, folder, remote, HubListing.parse(Files.readAllBytes(cached)));
    }

    private static void fetchListing(HubId id, Path cached, Remote remote) throws IOException, InterruptedException {
        Path part = cached.resolveSibling(LISTING + ".part");
        String revision = URLEncoder.encode(id.revision(), StandardCharsets.UTF_8);
        String path = "/api/models/" + id.repository() + "/revision/" + revision + "?blobs=true";
        Files.deleteIfExists(part);
        remote.downloads.run(new Transfer(remote.client, path, part, Stretch.whole(-1)), LISTING, HubFolder::untold);
        HubListing.parse(Files.readAllBytes(part));
        move(part, cached);
    }

    HubListing listing() {
        return listing;
    }

    Path path() {
        return folder;
    }

    /** A file of the repository as it would be in the cache. */
    CacheFile file(String name) throws IOException {
        HubFile file = listing.files().get(name);
        if (file == null) {
            throw new IOException("it has no file " + name);
        }
        return new CacheFile(folder.resolve(name), file.bytes());
    }

    /** Fetches a file that describes, unless it is here. */
    Path small(String name) throws IOException, InterruptedException {
        CacheFile file = file(name);
        if (file.bytes() > SMALL_BYTES_MAX) {
            throw new IOException(
                    name + " has " + file.bytes() + " bytes, allowed are " + SMALL_BYTES_MAX + " for such a file");
        }
        fetch(name, HubFolder::untold);
        return file.path();
    }

    /** Fetches a whole file, unless it is here, and checks its hash. */
    void fetch(String name, LongConsumer progress) throws IOException, InterruptedException {
        CacheFile file = file(name);
        if (file.isThere()) {
            return;
        }
        Remote there = remote(name);
        Files.createDirectories(file.path().toAbsolutePath().getParent());
        Transfer transfer = new Transfer(there.client, path(name), file.part(), Stretch.whole(file.bytes()));
        try {
            there.downloads.run(transfer, name, progress);
        } catch (ChangedException changed) {
            Files.deleteIfExists(file.part()); // once more, from the start
            Transfer anew = new Transfer(there.client, path(name), file.part(), Stretch.whole(file.bytes()));
            there.downloads.run(anew, name, progress);
        }
        checkHash(name, file.part());
        move(file.part(), file.path());
    }

    /** The header of a safetensors file, fetched unless it is here. */
    SafetensorsHeader header(String name) throws IOException, InterruptedException {
        CacheFile file = file(name);
        PieceFolder pieces = PieceFolder.of(file.path());
        if (!pieces.exists()) {
            fetchHeader(name, pieces, file.bytes(), remote(name));
        }
        SafetensorsHeader header = pieces.header();
        if (file.bytes() >= 0 && header.fileBytes() != file.bytes()) {
            throw new IOException(name + " has tensors up to byte " + header.fileBytes() + ", the hub says that it has "
                    + file.bytes() + " bytes");
        }
        return header;
    }

    private void fetchHeader(String name, PieceFolder pieces, long fileBytes, Remote there)
            throws IOException, InterruptedException {
        Files.createDirectories(pieces.path());
        Path part = pieces.headerFile().resolveSibling("header.part");
        Files.deleteIfExists(part);
        long sizeMax = fileBytes < 0 ? Long.MAX_VALUE : fileBytes;
        long guess = Math.min(HEADER_GUESS_BYTES, sizeMax);
        Transfer first = new Transfer(there.client, path(name), part, new Stretch(0, guess, fileBytes));
        there.downloads.run(first, name, HubFolder::untold);
        byte[] bytes = Files.readAllBytes(part);
        int length = SafetensorsHeader.LENGTH_BYTES + SafetensorsHeader.jsonBytes(bytes, sizeMax);
        if (length > bytes.length) {
            Transfer rest = new Transfer(there.client, path(name), part, new Stretch(0, length, fileBytes));
            rest.expect(first.etag());
            there.downloads.run(rest, name, HubFolder::untold);
            bytes = Files.readAllBytes(part);
        }
        byte[] json = Arrays.copyOfRange(bytes, SafetensorsHeader.LENGTH_BYTES, length);
        SafetensorsHeader.parse(json, fileBytes); // a broken one is not kept
        Files.write(part, Arrays.copyOf(bytes, length), StandardOpenOption.TRUNCATE_EXISTING);
        Files.writeString(pieces.path().resolve("etag"), first.etag().orElse(""));
        move(part, pieces.headerFile());
    }

    /** Whether the file is kept in pieces here. */
    boolean hasPieces(String name) throws IOException {
        return PieceFolder.of(file(name).path()).exists();
    }

    /** A piece as it would be in the cache. */
    CacheFile piece(String name, Piece piece) throws IOException {
        return new CacheFile(PieceFolder.of(file(name).path()).file(piece), piece.bytes());
    }

    /**
     * Fetches a piece, unless it is here. Its length, its place and the version of its file are checked; there is no hash of a
     * piece.
     *
     * @throws RangeIgnoredException when the server sends whole files only
     */
    void fetch(String name, Piece piece, LongConsumer progress) throws IOException, InterruptedException {
        CacheFile wanted = piece(name, piece);
        if (wanted.isThere()) {
            return;
        }
        Remote there = remote(name);
        Path version = wanted.path().resolveSibling("etag");
        Stretch stretch = new Stretch(piece.start(), piece.end(), file(name).bytes());
        Transfer transfer = new Transfer(there.client, path(name), wanted.part(), stretch);
        transfer.expect(Optional.of(Files.readString(version)).filter(etag -> !etag.isEmpty()));
        try {
            there.downloads.run(transfer, name, progress);
        } catch (ChangedException changed) {
            throw new IOException(changed.getMessage() + "; delete " + version.getParent() + " to begin anew", changed);
        }
        move(wanted.part(), wanted.path());
    }

    private Remote remote(String name) throws IOException {
        if (remote == null) {
            throw new NotFetchedException(name + " of " + id.repository() + " (revision " + id.revision() + ")");
        }
        return remote;
    }

    private String path(String name) {
        return base + name.replace(" ", "%20");
    }

    private void checkHash(String name, Path part) throws IOException {
        HubFile file = listing.files().get(name);
        Optional<String> wrong = file == null ? Optional.empty() : file.wrongHash(part);
        if (wrong.isPresent()) {
            Files.delete(part); // so that the next try begins anew
            throw new IOException(name + " came with another " + wrong.get() + "; it was removed, try again");
        }
    }

    /** Small things are not worth a bar. */
    private static void untold(long bytes) {
        // nobody waits for them
    }

    private static void move(Path part, Path target) throws IOException {
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
