package corolla.model.tokenizer;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import corolla.model.family.CheckpointException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Hugging Face's tokenizers library, by DJL's bindings: the native part only, as DJL's own class above it truncates texts and
 * reports to its makers. Thread-safe. Owns native memory until it is closed.
 */
final class NativeTokenizer implements AutoCloseable {

    static {
        // The library lies in the artifact; DJL must not look for another one on the network.
        setDefault("ai.djl.offline", "true");
        setDefault("OPT_OUT_TRACKING", "true");
        setDefault("ENGINE_CACHE_DIR", nativeFolder().toString());
    }

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(); // many use, one closes
    private final long handle;
    private boolean closed; // guarded by lock

    /** @throws CheckpointException when the library does not understand the description */
    NativeTokenizer(String json) throws CheckpointException {
        try {
            LibUtils.checkStatus();
            handle = TokenizersLibrary.LIB.createTokenizerFromString(json);
        } catch (RuntimeException refused) {
            throw new CheckpointException("tokenizer cannot be loaded: " + refused.getMessage(), refused);
        }
        TokenizersLibrary.LIB.disableTruncation(handle);
        TokenizersLibrary.LIB.disablePadding(handle);
    }

    long[] encode(String text, boolean addSpecialTokens) {
        lock.readLock().lock();
        try {
            requireOpen();
            long encoding = TokenizersLibrary.LIB.encode(handle, text, addSpecialTokens);
            try {
                return TokenizersLibrary.LIB.getTokenIds(encoding);
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        } finally {
            lock.readLock().unlock();
        }
    }

    String decode(long[] ids, boolean skipSpecialTokens) {
        lock.readLock().lock();
        try {
            requireOpen();
            return TokenizersLibrary.LIB.decode(handle, ids, skipSpecialTokens);
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                TokenizersLibrary.LIB.deleteTokenizer(handle);
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("tokenizer is closed");
        }
    }

    /** Where the library is unpacked to: beside Corolla's other native libraries. */
    private static Path nativeFolder() {
        String cache = System.getenv("COROLLA_CACHE");
        return cache == null || cache.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache", "corolla", "native")
                : Path.of(cache, "native");
    }

    private static void setDefault(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }
}
