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

    /** To be saved. */
    RBX(3);

    final int number;

    Register(int number) {
        this.number = number;
    }
}
