package corolla.testkit.crypto;

import java.security.AlgorithmParameters;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/** Leaves the bytes as they are and appends a tag of 16 bytes that depends on key, nonce, associated data and message. Confined. */
public final class CheapCipher extends CipherSpi {
    private static final int TAG_BYTES = 16;

    private boolean isSealing;
    private long hash;

    /** For the JDK. */
    public CheapCipher() {}

    @Override
    protected void engineInit(int mode, Key key, @Nullable AlgorithmParameterSpec parameters, SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        if (!(parameters instanceof IvParameterSpec nonce)) {
            throw new InvalidAlgorithmParameterException("needs a nonce");
        }
        isSealing = mode == Cipher.ENCRYPT_MODE;
        byte[] secret = key.getEncoded();
        byte[] once = nonce.getIV();
        hash = Mixing.mix(Mixing.mix(17, secret, 0, secret.length), once, 0, once.length);
    }

    @Override
    protected void engineUpdateAAD(byte[] associated, int from, int count) {
        hash = Mixing.mix(hash, associated, from, count);
    }

    @Override
    protected int engineDoFinal(byte[] in, int from, int count, byte[] into, int at)
            throws ShortBufferException, AEADBadTagException {
        int plain = isSealing ? count : count - TAG_BYTES;
        if (into.length - at < (isSealing ? count + TAG_BYTES : plain)) {
            throw new ShortBufferException("no room for " + count + " bytes and a tag");
        }
        byte[] tag = new byte[TAG_BYTES];
        Mixing.expand(Mixing.mix(hash, in, from, plain), tag, 0, TAG_BYTES);
        if (!isSealing && !Arrays.equals(tag, 0, TAG_BYTES, in, from + plain, from + count)) {
            throw new AEADBadTagException("not authentic");
        }
        System.arraycopy(in, from, into, at, plain);
        if (isSealing) {
            System.arraycopy(tag, 0, into, at + plain, TAG_BYTES);
        }
        return isSealing ? count + TAG_BYTES : plain;
    }

    @Override
    protected byte[] engineDoFinal(byte[] in, int from, int count) {
        throw new UnsupportedOperationException("only into an array of the caller's");
    }

    @Override
    protected int engineGetOutputSize(int count) {
        return count + TAG_BYTES;
    }

    @Override
    protected int engineGetBlockSize() {
        return 0;
    }

    @Override
    protected byte @Nullable [] engineGetIV() {
        return null;
    }

    @Override
    protected @Nullable AlgorithmParameters engineGetParameters() {
        return null;
    }

    @Override
    protected void engineSetMode(String mode) throws NoSuchAlgorithmException {
        throw new NoSuchAlgorithmException(mode);
    }

    @Override
    protected void engineSetPadding(String padding) {
        throw new UnsupportedOperationException(padding);
    }

    @Override
    protected void engineInit(int mode, Key key, SecureRandom random) throws InvalidKeyException {
        throw new InvalidKeyException("needs a nonce");
    }

    @Override
    protected void engineInit(int mode, Key key, AlgorithmParameters parameters, SecureRandom random)
            throws InvalidAlgorithmParameterException {
        throw new InvalidAlgorithmParameterException("needs a nonce");
    }

    @Override
    protected byte[] engineUpdate(byte[] in, int from, int count) {
        throw new UnsupportedOperationException("a message is sealed at once");
    }

    @Override
    protected int engineUpdate(byte[] in, int from, int count, byte[] into, int at) {
        throw new UnsupportedOperationException("a message is sealed at once");
    }
}
