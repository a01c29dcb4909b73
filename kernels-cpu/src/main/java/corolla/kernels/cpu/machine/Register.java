package corolla.kernels.cpu.machine;

/** General registers that a function of the System V ABI may change, by their numbers in instructions; the first six have its arguments. */
enum Register {
    RDI(7),
    RSI(6),
    RDX(2),
    RCX(1),
    R8(8),
    R9(9),
    R10(10),
    R11(11),
    RAX(0);

    final int number;

    Register(int number) {
        this.number = number;
    }
}
