package corolla.kernels.cuda;

import corolla.tensor.DType;

/**
 * Weights of one type on the device; lives as long as the arena of its matrix.
 *
 * @param rows outputs
 * @param columns inputs
 * @param codes addresses of planes, 0 for those without bytes
 */
record CudaPart(DType dtype, long rows, int columns, long codes, long high, long scales, long outer, long bytes) {}
