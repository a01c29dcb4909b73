package corolla.kernels.cpu.machine;

/** General registers by their numbers in instructions; the first six have a function's arguments in the System V ABI. */
enum Register {
    RDI(7),
    RSI(6),
    RDX(2),
    RCX(1),
    R8(8),
    R9(9),
    R10(10),
    R11(11),
    RAX(0),

    /** From here on to be saved; a fourth, r12, cannot stand before a distance without more bytes. */
    RBX(3),
    RBP(5),
    R13(13),
    R14(14),
    R15(15);

    final int number;

    Register(int number) {
        this.number = number;
    }
}
