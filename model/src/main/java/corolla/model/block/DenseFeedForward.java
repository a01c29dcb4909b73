package corolla.model.block;

import corolla.model.family.FeedForwardConfig;
import corolla.tensor.Tensor;
import java.util.List;

/**
 * One gated or plain feed-forward part for all tokens. Immutable.
 *
 * @param config {@link FeedForwardConfig.Gated} or {@link FeedForwardConfig.Plain}
 * @param up to the projected size: gates, then ups, or ups alone
 * @param down from the inner size back to H
 */
record DenseFeedForward(FeedForwardConfig.Dense config, Projection up, Projection down) implements FeedForward {

    @Override
    public void forward(Worker worker, Tensor input, FeedForwardSpace space, Tensor out, boolean add) {
        up.apply(worker, input, space.projected());
        worker.barrier();
        switch (config) {
            case FeedForwardConfig.Gated gated ->
                worker.kernels().gate(worker.me(), gated.activation(), space.projected(), space.inner());
            case FeedForwardConfig.Plain plain ->
                worker.kernels().activate(worker.me(), plain.activation(), space.projected(), space.inner());
        }
        worker.barrier();
        if (add) {
            down.addTo(worker, space.inner(), out);
        } else {
            down.apply(worker, space.inner(), out);
        }
        worker.barrier();
    }

    @Override
    public void backward(Worker worker, Tensor input, Tensor dOut, FeedForwardSpace space, Tensor dInput) {
        up.apply(worker, input, space.projected());
        down.backward(worker, dOut, space.inner());
        worker.barrier();
        var rules = worker.kernels().backward();
        switch (config) {
            case FeedForwardConfig.Gated gated ->
                rules.gate(worker.me(), gated.activation(), space.projected(), space.inner());
            case FeedForwardConfig.Plain plain ->
                rules.activate(worker.me(), plain.activation(), space.projected(), space.inner());
        }
        worker.barrier();
        up.backward(worker, space.projected(), dInput);
        worker.barrier();
    }

    @Override
    public List<Projection> projections() {
        return List.of(up, down);
    }

    @Override
    public long bytes() {
        return up.bytes() + down.bytes();
    }
}
