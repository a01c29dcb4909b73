package corolla.server.handler;

import corolla.base.ProtocolException;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;

/** Hands outputs of steps to the next servers of a client's route. Thread-safe. */
@FunctionalInterface
interface StepPusher {

    /**
     * Pushes a step that was computed without prompts, if its client named a next server; returns at once.
     *
     * @param hiddenIndex which of the step's tensors the output replaces
     */
    void push(ExpertRequest step, RequestMetadata metadata, int hiddenIndex, WireTensor output)
            throws ProtocolException;
}
