package corolla.it.tidy;

import static corolla.it.tidy.Rule.Where.CODE;
import static corolla.it.tidy.Rule.Where.TEXT;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** What is forbidden, where, and what to use in its place. */
final class Rules {
    /** The real and the simulated world are made of what all others get from them. */
    private static final Set<String> WORLDS = Set.of("base", "testkit");

    /** Programs with a main method: they make the real world, and talk to a terminal. */
    private static final Set<String> PROGRAMS = Set.of("cli", "bench");

    private Rules() {}

    /** Rules about the doors of base: a whole swarm runs in one test only because nobody goes past them. */
    static List<Rule> doors() {
        Predicate<Source> guarded = source -> source.isJava() && !WORLDS.contains(source.module()) && source.isMain();
        Predicate<Source> guardedTests =
                source -> source.isJava() && source.isTest() && !source.isTidyItself() && !isAboutProcesses(source);
        Predicate<Source> all = guarded.or(guardedTests);
        return List.of(
                code(
                        "time comes from a Clock",
                        all,
                        "System\\.(nanoTime|currentTimeMillis)|\\b(Instant|LocalDate|LocalDateTime|ZonedDateTime)\\.now\\(\\)"
                                + "|Clock\\.system\\w*",
                        "use environment.clock(): nanoTime() for durations, now() for the wall clock"),
                code(
                        "nobody sleeps",
                        all,
                        "Thread\\.sleep|TimeUnit\\.\\w+\\.sleep",
                        "use environment.clock().sleep(...)"),
                code(
                        "timed waits read a Clock",
                        guarded,
                        "java\\.util\\.concurrent\\.TimeUnit|\\bTimeUnit\\b|LockSupport|orTimeout|completeOnTimeout|\\bwait\\(\\)"
                                + "|\\.notify(All)?\\(\\)|\\.(await|tryAcquire|tryLock|poll|offer|join)\\([^()]*Duration\\.",
                        "use a corolla.base.task.Gate, which waits on our clock, or an untimed wait that closing ends",
                        Set.of("bench")), // JMH's annotations name units
                code(
                        "randomness comes by name",
                        all,
                        "ThreadLocalRandom|new (Secure|Splittable)?Random\\(\\)|new SecureRandom\\(|Math\\.random|UUID\\.randomUUID"
                                + "|RandomGenerator\\.(of|getDefault)|Collections\\.shuffle\\([^,()]*\\)",
                        "use environment.randoms(): stream(name), or secret(bytes) for keys and ids that others must not guess"),
                code(
                        "threads are born in a TaskScope",
                        guarded,
                        "new Thread\\(|Thread\\.(ofVirtual|ofPlatform|startVirtualThread)|extends Thread\\b|\\bExecutors\\b"
                                + "|ExecutorService|ForkJoinPool|\\bTimer(Task)?\\b|CompletableFuture\\.\\w*Async|\\.\\w+Async\\("
                                + "|parallelStream|\\.parallel\\(\\)|StructuredTaskScope",
                        "use environment.tasks().open(name), or environment.team() to compute (a program may hook its own end)",
                        PROGRAMS),
                code(
                        "no ThreadLocal, no Cleaner",
                        guarded,
                        "\\bThreadLocal\\b|\\bCleaner\\b|finalize\\(\\)|Runtime\\.getRuntime\\(\\)\\.addShutdownHook",
                        "pass context as a parameter; close what has an owner (a program may hook its own end)",
                        PROGRAMS),
                code(
                        "bytes travel by a ByteTransport",
                        guarded,
                        "java\\.net\\.(Socket|ServerSocket|Datagram\\w+|MulticastSocket|InetAddress|Inet[46]Address|NetworkInterface"
                                + "|InetSocketAddress)|\\w*SocketChannel|AsynchronousSocket\\w*|java\\.nio\\.channels\\.Selector",
                        "use environment.transport()"),
                code(
                        "identities decide nothing",
                        guarded,
                        "System\\.identityHashCode|\\.threadId\\(\\)|IdentityHashMap|WeakHashMap",
                        "order and names must be the same in every run: use an index or a name"));
    }

    /** Rules about daily cleanliness. */
    static List<Rule> habits() {
        Predicate<Source> java = source -> source.isJava() && !source.isTidyItself();
        Predicate<Source> written = source -> !source.isTidyItself();
        return List.of(
                text("nothing is left over", written, "\\b(TO" + "DO|FIX" + "ME|XXX)\\b", "do it, or open an issue"),
                text(
                        "no test is switched off",
                        java,
                        "@Dis" + "abled\\b",
                        "repair it, or delete it with a reason in the commit"),
                text(
                        "no path of one machine",
                        written,
                        "(?<![\\w.$}/])/(work|root|home/\\w+|Users/\\w+)/[\\w.]+",
                        "use a path from the project's folder, a temporary folder, or a flag"),
                text("no tabs", source -> source.path().matches(".*\\.(java|xml|md|sh)"), "\t", "indent with spaces"),
                code(
                        "programs print, libraries log",
                        source -> source.isJava() && source.isMain() && !PROGRAMS.contains(source.module()),
                        "System\\.(out|err)\\b|printStackTrace\\(\\)|System\\.exit",
                        "use a System.Logger, or return the text"),
                code(
                        "the Vector API stays in kernels-cpu",
                        source -> source.isJava() && !source.module().equals("kernels-cpu"),
                        "jdk\\.incubator\\.vector",
                        "javac's incubator notice would spread: put the kernel into kernels-cpu"),
                code(
                        "no bare exceptions",
                        source -> source.isJava() && source.isMain(),
                        "throw new (RuntimeException|Exception|Throwable|Error)\\(",
                        "say who must act: IllegalStateException for a bug, IOException for a peer, SwarmException for the swarm"));
    }

    /** Tests that start real processes, or talk to other implementations, live in real time. */
    private static boolean isAboutProcesses(Source source) {
        return source.path().matches("it/src/test/java/corolla/it/(interop|e2e|chaos)/.*")
                || WORLDS.contains(source.module());
    }

    private static Rule code(String name, Predicate<Source> appliesTo, String wrong, String instead) {
        return code(name, appliesTo, wrong, instead, Set.of());
    }

    private static Rule code(
            String name, Predicate<Source> appliesTo, String wrong, String instead, Set<String> exemptModules) {
        Predicate<Source> notExempt = source -> !exemptModules.contains(source.module());
        return new Rule(name, notExempt.and(appliesTo), Pattern.compile(wrong), CODE, instead);
    }

    private static Rule text(String name, Predicate<Source> appliesTo, String wrong, String instead) {
        return new Rule(name, appliesTo, Pattern.compile(wrong), TEXT, instead);
    }
}
