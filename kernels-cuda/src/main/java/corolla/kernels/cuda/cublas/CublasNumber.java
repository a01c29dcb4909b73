package corolla.kernels.cuda.cublas;

/** Numbers of NVIDIA's enumerations, by its names. The interop tests hold them against NVIDIA's header. */
enum CublasNumber {
    CUBLAS_STATUS_SUCCESS(0),
    CUBLAS_STATUS_ALLOC_FAILED(3),
    CUBLAS_STATUS_INVALID_VALUE(7),
    CUBLAS_STATUS_ARCH_MISMATCH(8),
    CUBLAS_STATUS_MAPPING_ERROR(11),
    CUBLAS_STATUS_EXECUTION_FAILED(13),
    CUBLAS_STATUS_INTERNAL_ERROR(14),
    CUBLAS_STATUS_NOT_SUPPORTED(15),
    CUBLAS_OP_N(0),
    CUBLAS_OP_T(1),
    CUBLAS_COMPUTE_32F(68),
    CUBLAS_COMPUTE_32I(72),
    CUDA_R_32F(0),
    CUDA_R_8I(3),
    CUDA_R_32I(10),
    CUDA_R_16BF(14),
    CUBLASLT_MATMUL_DESC_TRANSA(3),
    CUBLASLT_MATMUL_DESC_TRANSB(4),
    CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES(1),
    CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES(5),
    CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES(6),
    CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES(7),
    CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES(8);

    private final int value;

    CublasNumber(int value) {
        this.value = value;
    }

    int value() {
        return value;
    }
}
