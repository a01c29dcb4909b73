package corolla.client.session;

import corolla.base.Environment;
import corolla.base.time.Clock;
import corolla.client.routing.Routes;

/** What all parts of one session use. Borrowed, but for the ids, which are the session's own. */
record SessionParts(
        Environment environment,
        Routes routes,
        ServerCalls calls,
        SessionConfig config,
        SessionSpec spec,
        SessionIds ids,
        AnswerWait waits) {

    static SessionParts of(
            Environment environment, Routes routes, ServerCalls calls, SessionConfig config, SessionSpec spec) {
        return new SessionParts(
                environment,
                routes,
                calls,
                config,
                spec,
                new SessionIds(environment.randoms()),
                new AnswerWait(environment, calls, config));
    }

    Clock clock() {
        return environment.clock();
    }

    InputHistory newHistory() {
        return new InputHistory(spec.batch(), spec.hiddenSize(), config.keepsInputs());
    }

    /** Tokens of one message at most. */
    int tokensAtOnce() {
        return Math.max(1, config.messageBytesMax() / (spec.batch() * spec.hiddenSize() * Float.BYTES));
    }
}
