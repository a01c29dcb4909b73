package corolla.kernels.cpu.machine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes instructions of x86-64 with AVX-512, operands in the order of Intel's manual: the destination first. Vectors are numbers of zmm registers, which a
 * function of the System V ABI may all change. Memory is a register plus a distance in bytes. Confined.
 */
final class Assembler {
    private static final int BYTES_MAX = 1 << 14;

    /** Opcode maps 0F, 0F38 and 0F3A of an EVEX prefix. */
    private static final int MAP_0F = 1;

    private static final int MAP_0F38 = 2;
    private static final int MAP_0F3A = 3;

    /** Prefixes none, 66 and F3 of an EVEX prefix. */
    private static final int PREFIX_NONE = 0;

    private static final int PREFIX_66 = 1;
    private static final int PREFIX_F3 = 2;

    private static final int UNUSED = 0; // the second source of instructions that have one source

    private final ByteBuffer code = ByteBuffer.allocate(BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);

    /** By the end of the instruction that loads them. */
    private final Map<Integer, float[]> constants = new TreeMap<>();

    byte[] bytes() {
        byte[] bytes = new byte[code.position()];
        code.get(0, bytes);
        return bytes;
    }

    /** Here; what {@link #jumpIfNotZero} jumps to. */
    int label() {
        return code.position();
    }

    // General registers.

    void move(Register to, Register from) {
        general(0x89, from.number, to.number);
    }

    void add(Register to, Register other) {
        general(0x01, other.number, to.number);
    }

    void add(Register to, int number) {
        general(0x81, 0, to.number);
        code.putInt(number);
    }

    void multiply(Register to, Register from, int number) {
        general(0x69, to.number, from.number);
        code.putInt(number);
    }

    /** The argument after the sixth and so many others, before anything is pushed. */
    void loadArgument(Register to, int others) {
        code.put((byte) (0x48 | (to.number & 8) >> 1)).put((byte) 0x8b);
        code.put((byte) (0x84 | (to.number & 7) << 3)).put((byte) 0x24); // from rsp
        code.putInt(Long.BYTES * (1 + others));
    }

    void push(Register register) {
        stack(0x50, register);
    }

    void pop(Register register) {
        stack(0x58, register);
    }

    /** Jumps back unless the last sum was zero. */
    void jumpIfNotZero(int label) {
        code.put((byte) 0x0f).put((byte) 0x85);
        code.putInt(label - code.position() - Integer.BYTES);
    }

    /** Brings a cache line to the nearest cache; an address that is not mapped does nothing. */
    void prefetch(Register base, int distance) {
        upperBase(base);
        code.put((byte) 0x0f).put((byte) 0x18);
        memory(1, base, distance);
    }

    /** Leaves the upper parts of vectors clean, else code with narrower vectors gets slow, and returns. */
    void end() {
        code.put((byte) 0xc5).put((byte) 0xf8).put((byte) 0x77);
        code.put((byte) 0xc3);
        constants.forEach(this::putConstant);
        constants.clear();
    }

    private void putConstant(int next, float... lanes) {
        code.putInt(next - Integer.BYTES, code.position() - next);
        for (float lane : lanes) {
            code.putFloat(lane);
        }
    }

    // Vectors.

    void load(int to, Register base, int distance) {
        vector(PREFIX_F3, MAP_0F, 0x6f, to, UNUSED, base, distance, false);
    }

    /** A vector of constants, which follow the function's end. */
    void loadConstants(int to, float... lanes) {
        evex(PREFIX_F3, MAP_0F, to, UNUSED, 1, 1, false);
        code.put((byte) 0x6f);
        code.put((byte) ((to & 7) << 3 | 5)); // relative to the next instruction
        code.putInt(0);
        constants.put(code.position(), lanes);
    }

    void store(Register base, int distance, int from) {
        vector(PREFIX_NONE, MAP_0F, 0x11, from, UNUSED, base, distance, false);
    }

    /** All lanes from 32 bits; changes rax. */
    void broadcast(int to, int bits) {
        code.put((byte) 0xb8).putInt(bits);
        vector(PREFIX_66, MAP_0F38, 0x7c, to, UNUSED, Register.RAX.number);
    }

    /** The lowest lane. */
    void storeLane(Register base, int distance, int from) {
        vector(PREFIX_F3, MAP_0F, 0x11, from, UNUSED, base, distance, false);
    }

    void zero(int to) {
        exclusiveOr(to, to, to);
    }

    void exclusiveOr(int to, int one, int other) {
        vector(PREFIX_66, MAP_0F, 0xef, to, one, other);
    }

    void and(int to, int one, int other) {
        vector(PREFIX_66, MAP_0F, 0xdb, to, one, other);
    }

    void shiftLeft(int to, int from, int bits) {
        vector(PREFIX_66, MAP_0F, 0x72, 6, to, from);
        code.put((byte) bits);
    }

    void shiftRight(int to, int from, int bits) {
        vector(PREFIX_66, MAP_0F, 0x72, 2, to, from);
        code.put((byte) bits);
    }

    /** Keeps the sign. */
    void shiftRightSigned(int to, int from, int bits) {
        vector(PREFIX_66, MAP_0F, 0x72, 4, to, from);
        code.put((byte) bits);
    }

    void rotateRight(int to, int from, int bits) {
        vector(PREFIX_66, MAP_0F, 0x72, 0, to, from);
        code.put((byte) bits);
    }

    /** {@code to} keeps bits where {@code mask} has none and takes those of {@code other} where it has some. */
    void select(int to, int other, int mask) {
        vector(PREFIX_66, MAP_0F3A, 0x25, to, other, mask);
        code.put((byte) 0xd8); // the truth table, bit to · 4 + other · 2 + mask
    }

    /** Looks every lane up among the lanes of {@code table}, by its lowest four bits. */
    void permute(int to, int lanes, int table) {
        vector(PREFIX_66, MAP_0F38, 0x16, to, lanes, table);
    }

    /** Lane i is lane {@code (i + lanes) % 16} of {@code from}. */
    void rotateLanes(int to, int from, int lanes) {
        vector(PREFIX_66, MAP_0F3A, 0x03, to, from, from);
        code.put((byte) lanes);
    }

    void addInts(int to, int one, int other) {
        vector(PREFIX_66, MAP_0F, 0xfe, to, one, other);
    }

    /** Adds to each int the products of four bytes, of which one's are unsigned and the other's signed; a part of its own of AVX-512, VNNI. */
    void multiplyAddBytes(int to, int unsigned, int signed) {
        vector(PREFIX_66, MAP_0F38, 0x50, to, unsigned, signed);
    }

    void toFloats(int to, int from) {
        vector(PREFIX_NONE, MAP_0F, 0x5b, to, UNUSED, from);
    }

    void addFloats(int to, int one, int other) {
        vector(PREFIX_NONE, MAP_0F, 0x58, to, one, other);
    }

    void multiply(int to, int one, int other) {
        vector(PREFIX_NONE, MAP_0F, 0x59, to, one, other);
    }

    /** By one float for all lanes. */
    void multiplyByFloat(int to, int one, Register base, int distance) {
        vector(PREFIX_NONE, MAP_0F, 0x59, to, one, base, distance, true);
    }

    /** to += one · other. */
    void multiplyAdd(int to, int one, int other) {
        vector(PREFIX_66, MAP_0F38, 0xb8, to, one, other);
    }

    /** to += one · other, a vector in memory. */
    void multiplyAdd(int to, int one, Register base, int distance) {
        vector(PREFIX_66, MAP_0F38, 0xb8, to, one, base, distance, false);
    }

    /** to = to · one + other. */
    void multiplyThenAdd(int to, int one, int other) {
        vector(PREFIX_66, MAP_0F38, 0x98, to, other, one);
    }

    /** to += one · a float for all lanes. */
    void multiplyAddByFloat(int to, int one, Register base, int distance) {
        vector(PREFIX_66, MAP_0F38, 0xb8, to, one, base, distance, true);
    }

    // Encoding.

    private void stack(int opcode, Register register) {
        upperBase(register);
        code.put((byte) (opcode | register.number & 7));
    }

    private void upperBase(Register register) {
        if (register.number > 7) {
            code.put((byte) 0x41);
        }
    }

    private void general(int opcode, int register, int operand) {
        code.put((byte) (0x48 | (register & 8) >> 1 | (operand & 8) >> 3));
        code.put((byte) opcode);
        code.put((byte) (0xc0 | (register & 7) << 3 | operand & 7));
    }

    private void vector(int prefix, int map, int opcode, int register, int second, int operand) {
        evex(prefix, map, register, second, ~operand >> 4 & 1, ~operand >> 3 & 1, false);
        code.put((byte) opcode);
        code.put((byte) (0xc0 | (register & 7) << 3 | operand & 7));
    }

    private void vector(
            int prefix, int map, int opcode, int register, int second, Register base, int distance, boolean broadcast) {
        evex(prefix, map, register, second, 1, ~base.number >> 3 & 1, broadcast);
        code.put((byte) opcode);
        memory(register, base, distance);
    }

    /** 512 bits, no mask; bits of register numbers above the third are stored inverted. */
    private void evex(int prefix, int map, int register, int second, int x, int b, boolean broadcast) {
        int r = ~register >> 3 & 1;
        int rr = ~register >> 4 & 1;
        code.put((byte) 0x62);
        code.put((byte) (r << 7 | x << 6 | b << 5 | rr << 4 | map));
        code.put((byte) ((~second & 15) << 3 | 4 | prefix));
        code.put((byte) (2 << 5 | (broadcast ? 1 << 4 : 0) | (~second >> 4 & 1) << 3));
    }

    /** A register with a distance of 32 bits. */
    private void memory(int register, Register base, int distance) {
        code.put((byte) (0x80 | (register & 7) << 3 | base.number & 7));
        code.putInt(distance);
    }
}
