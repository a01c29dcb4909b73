/**
 * A complete language model in one process: checkpoints, tokenizers, decoder blocks and the ends around them.
 *
 * <p>Nothing here knows a network peer; {@link corolla.model.LocalModel} is the reference that every swarm is compared
 * with. Start there, then read {@link corolla.model.block} (the mathematics) and {@link corolla.model.family} (how a
 * configuration becomes blocks).
 */
module corolla.model {
    requires static transitive org.jspecify;
    requires static transitive java.compiler; // @Generated, of record builders
    requires static io.soabase.recordbuilder.core;
    requires static com.google.errorprone.annotations;
    requires transitive corolla.base;
    requires transitive corolla.tensor;
    requires com.fasterxml.jackson.databind;
    requires jinjava;
    requires ai.djl.tokenizers;
    requires java.net.http;

    exports corolla.model;
    exports corolla.model.adapter;
    exports corolla.model.block;
    exports corolla.model.family;
    exports corolla.model.source;
    exports corolla.model.tokenizer;
    exports corolla.model.weights;
}
