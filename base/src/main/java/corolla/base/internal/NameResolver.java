package corolla.base.internal;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks up host names with a deadline, which the system's own resolver does not have. It blocks its thread in native code, where
 * a virtual thread would hold its carrier; so each look-up has a platform thread, a few at a time. Thread-safe.
 */
final class NameResolver {
    /** Look-ups that run or hang at the same time; beyond that callers wait. */
    private static final int LOOKUPS_MAX = 16;

    private final Clock clock;
    private final Gate gate;
    private int lookups; // guarded by gate

    NameResolver(Clock clock) {
        this.clock = clock;
        this.gate = new Gate(clock);
    }

    /** One look-up: guarded by gate. */
    private static final class Lookup {
        @Nullable
        List<InetAddress> addresses;

        @Nullable
        UnknownHostException failure;
    }

    List<InetAddress> resolve(String host, Deadline deadline) throws IOException, InterruptedException {
        try {
            return List.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException _) {
            return lookUp(host, deadline); // a name
        }
    }

    private List<InetAddress> lookUp(String host, Deadline deadline) throws IOException, InterruptedException {
        Lookup lookup = new Lookup();
        gate.lock();
        try {
            while (lookups >= LOOKUPS_MAX) {
                awaitChange(host, deadline);
            }
            lookups++;
            Thread.ofPlatform().daemon().name("resolve " + host).start(() -> run(host, lookup));
            while (lookup.addresses == null && lookup.failure == null) {
                awaitChange(host, deadline);
            }
            if (lookup.addresses != null) {
                return lookup.addresses;
            }
            throw new IOException(
                    "name '" + host + "' cannot be resolved: check its spelling and the DNS", lookup.failure);
        } finally {
            gate.unlock();
        }
    }

    private void awaitChange(String host, Deadline deadline) throws DeadlineException, InterruptedException {
        if (!gate.await(deadline) && deadline.isOver(clock)) {
            throw new DeadlineException("name '" + host + "' was not resolved in time");
        }
    }

    private void run(String host, Lookup lookup) {
        List<InetAddress> addresses = null;
        UnknownHostException failure = null;
        try {
            addresses = List.of(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            failure = e;
        }
        gate.lock();
        try {
            lookups--;
            lookup.addresses = addresses;
            lookup.failure = failure;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }
}
