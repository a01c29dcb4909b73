package corolla.kernels.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Bytes as GNU as 2.40 writes them, with distances of 32 bits. */
class AssemblerTest {

    @Test
    void generalInstructions() {
        assertBytes("49 89 fa", to -> to.move(Register.R10, Register.RDI));
        assertBytes("4c 01 cf", to -> to.add(Register.RDI, Register.R9));
        assertBytes("49 81 c3 00 04 00 00", to -> to.add(Register.R11, 1024));
        assertBytes("49 69 c1 80 00 00 00", to -> to.multiply(Register.RAX, Register.R9, 128));
        assertBytes("41 0f 18 8a 00 18 00 00", to -> to.prefetch(Register.R10, 6144));
        assertBytes("0f 18 8f 40 00 00 00", to -> to.prefetch(Register.RDI, 64));
        assertBytes("48 8b 9c 24 10 00 00 00", to -> to.loadArgument(Register.RBX, 1));
        assertBytes("4c 8b 8c 24 08 00 00 00", to -> to.loadArgument(Register.R9, 0));
        assertBytes("53 41 5f", to -> {
            to.push(Register.RBX);
            to.pop(Register.R15);
        });
        assertBytes("c5 f8 77 c3", Assembler::end);
        assertBytes("0f 85 fa ff ff ff", to -> to.jumpIfNotZero(to.label()));
    }

    @Test
    void vectorsInMemory() {
        assertBytes("62 51 7e 48 6f 83 40 00 00 00", to -> to.load(8, Register.R11, 64));
        assertBytes("62 71 7c 48 11 99 00 00 00 00", to -> to.store(Register.RCX, 0, 11));
        assertBytes("62 e1 7e 48 11 98 04 00 00 00", to -> to.storeLane(Register.RAX, 4, 19));
        assertBytes("62 f1 7c 58 59 80 80 00 00 00", to -> to.multiplyByFloat(0, 0, Register.RAX, 128));
        assertBytes("62 52 25 48 b8 a2 40 00 00 00", to -> to.multiplyAdd(12, 11, Register.R10, 64));
        assertBytes("62 f2 75 50 b8 80 04 00 00 00", to -> to.multiplyAddByFloat(0, 17, Register.RAX, 4));
    }

    @Test
    void constantsFollowTheEnd() {
        assertBytes("62 e1 7e 48 6f 05 04 00 00 00 c5 f8 77 c3 00 00 80 3f 00 00 00 40", to -> {
            to.loadConstants(16, 1, 2);
            to.end();
        });
    }

    @Test
    void vectorsInRegisters() {
        assertBytes("b8 0f 0f 0f 0f 62 62 7d 48 7c d0", to -> to.broadcast(26, 0x0f0f0f0f));
        assertBytes("62 51 1d 48 ef e4", to -> to.zero(12));
        assertBytes("62 11 3d 48 db c8", to -> to.and(9, 8, 24));
        assertBytes("62 d1 35 48 72 f0 10", to -> to.shiftLeft(9, 8, 16));
        assertBytes("62 d1 45 48 72 d0 1c", to -> to.shiftRight(7, 8, 28));
        assertBytes("62 b1 0d 40 72 e1 03", to -> to.shiftRightSigned(30, 17, 3));
        assertBytes("62 33 5d 40 03 cc 08", to -> to.rotateLanes(9, 20, 8));
        assertBytes("62 91 65 40 72 c1 1c", to -> to.rotateRight(19, 25, 28));
        assertBytes("62 e3 3d 48 25 e6 d8", to -> to.select(20, 8, 6));
        assertBytes("62 c2 1d 40 16 c9", to -> to.permute(17, 28, 9));
        assertBytes("62 d1 65 48 fe d9", to -> to.addInts(3, 3, 9));
        assertBytes("62 82 5d 40 50 dc", to -> to.multiplyAddBytes(19, 20, 28));
        assertBytes("62 b1 7c 48 5b ff", to -> to.toFloats(7, 23));
        assertBytes("62 71 1c 48 58 e0", to -> to.addFloats(12, 12, 0));
        assertBytes("62 11 34 48 59 c9", to -> to.multiply(9, 9, 25));
        assertBytes("62 52 1d 48 b8 d9", to -> to.multiplyAdd(11, 12, 9));
        assertBytes("62 12 5d 40 98 ef", to -> to.multiplyThenAdd(13, 31, 20));
    }

    private static void assertBytes(String expected, Consumer<Assembler> instruction) {
        Assembler assembler = new Assembler();
        instruction.accept(assembler);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(assembler.bytes())).isEqualTo(expected);
    }
}
