package corolla.model.weights;

import corolla.tensor.DType;
import corolla.tensor.Shape;

/** What a checkpoint says of a tensor. */
public record TensorInfo(String name, DType dtype, Shape shape) {}
