package corolla.it.tidy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule can fail, and leaves the right thing alone. */
class RulesTest {

    /** Rule, a source that breaks it, one that does not. */
    static Stream<Arguments> samples() {
        return Stream.of(
                arguments("time comes from a Clock", "long t = System.nanoTime();", "long t = clock.nanoTime();"),
                arguments(
                        "time comes from a Clock",
                        "var t = Instant.now();",
                        "var t = clock.now(); // not Instant.now()"),
                arguments("nobody sleeps", "Thread.sleep(5);", "clock.sleep(Duration.ofMillis(5));"),
                arguments("timed waits read a Clock", "queue.poll(1, TimeUnit.SECONDS);", "queue.poll();"),
                arguments("timed waits read a Clock", "latch.await(Duration.ofSeconds(1));", "gate.await(deadline);"),
                arguments("timed waits read a Clock", "lock.wait();", "task.await(deadline);"),
                arguments("randomness comes by name", "new Random().nextInt();", "new Random(seed).nextInt();"),
                arguments("randomness comes by name", "UUID.randomUUID();", "randoms.secret(id);"),
                arguments("threads are born in a TaskScope", "Thread.ofVirtual().start(r);", "scope.run(\"r\", r);"),
                arguments("threads are born in a TaskScope", "Executors.newCachedThreadPool();", "int executors;"),
                arguments("threads are born in a TaskScope", "list.parallelStream();", "list.stream();"),
                arguments(
                        "threads are born in a TaskScope",
                        "CompletableFuture.runAsync(r);",
                        "new CompletableFuture<>();"),
                arguments("no ThreadLocal, no Cleaner", "ThreadLocal<String> t;", "ScopedValue<String> t;"),
                arguments("bytes travel by a ByteTransport", "import java.net.Socket;", "import java.net.URI;"),
                arguments("identities decide nothing", "System.identityHashCode(o);", "o.hashCode();"),
                arguments("nothing is left over", "// TO" + "DO later", "// done"),
                arguments("no test is switched off", "@Dis" + "abled void f() {}", "void f() {}"),
                arguments("no path of one machine", "f(\"/home/ann/x\");", "f(\"{@code ~/x}\");"),
                arguments("no path of one machine", "f(\"/root/x\");", "f(\"a/root/x\");"),
                arguments("no tabs", "\tint a;", "    int a;"),
                arguments("programs print, libraries log", "System.out.println(1);", "LOG.log(INFO, 1);"),
                arguments("the Vector API stays in kernels-cpu", "import jdk.incubator.vector.FloatVector;", "int v;"),
                arguments("no bare exceptions", "throw new RuntimeException();", "throw new IllegalStateException();"));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyRuleFindsItsWrongSourceAndLeavesTheRightOne(String name, String wrong, String right) {
        Rule rule = TidyTest.rules()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow();

        assertThat(rule.check(main("p2p", "\n" + wrong)))
                .as("messages with the place and what to do")
                .isNotEmpty()
                .allMatch(message -> message.startsWith("p2p/src/main/java/corolla/p2p/Sample.java:2: '"))
                .allMatch(message -> message.endsWith(rule.instead()));
        assertThat(rule.check(main("p2p", right))).isEmpty();
    }

    @Test
    void everyRuleHasASample() {
        Set<String> shown =
                samples().map(sample -> (String) sample.get()[0]).collect(Collectors.toCollection(TreeSet::new));
        assertThat(TidyTest.rules().map(Rule::name)).allMatch(shown::contains);
    }

    @Test
    void commentsAndQuotesAreNoCode() {
        String text =
                "int a; // Thread.sleep\n/* Thread.\nsleep */ String s = \"Thread.sleep \\\" //\"; char c = '\"'; int b;";
        assertThat(JavaText.codeOf(text)).isEqualTo("int a; \n\n String s = ; char c = ; int b;");
        assertThat(JavaText.codeOf("a(\"\"\"\n  it's \"quoted\" // text\n  \"\"\");"))
                .isEqualTo("a(\n\n);");
    }

    @Test
    void theRealWorldIsMadeOfWhatOthersMayNotUse() {
        String text = "Thread.sleep(1); new Random(); Thread.ofVirtual();";
        for (Rule rule : Rules.doors()) {
            assertThat(rule.check(main("base", text))).isEmpty();
        }
    }

    @Test
    void testsMayNotSleepEither() {
        Source test = Source.of("dht/src/test/java/corolla/dht/SampleTest.java", "Thread.sleep(1);");
        assertThat(Rules.doors().stream().flatMap(rule -> rule.check(test).stream()))
                .hasSize(1);
    }

    @Test
    void arrowsGoDownOnly() {
        assertThat(Arrows.check(main("p2p", "import corolla.base.Environment;")))
                .isEmpty();
        assertThat(Arrows.check(main("p2p", "import corolla.tensor.Tensor;")))
                .singleElement()
                .asString()
                .contains("p2p may not use");
        assertThat(Arrows.check(main("dht", "corolla.model.X x;"))).hasSize(1);
        assertThat(Arrows.check(main("tensor", "import corolla.p2p.Host;"))).hasSize(1);
        assertThat(Arrows.check(main("model", "import corolla.swarm.Span;"))).hasSize(1);
        assertThat(Arrows.check(main("server", "import corolla.client.X;"))).hasSize(1);
        assertThat(Arrows.check(main("client", "import corolla.server.X;"))).hasSize(1);
        assertThat(Arrows.check(main("testkit", "import corolla.p2p.Host;"))).hasSize(1);
        assertThat(Arrows.check(main("server", "import corolla.testkit.X;"))).hasSize(1);
        assertThat(Arrows.check(main("kernels-cuda", "import corolla.model.X;")))
                .hasSize(1);
        assertThat(Arrows.check(Source.of("kernels-cuda/src/test/java/corolla/T.java", "import corolla.model.X;")))
                .isEmpty();
        assertThat(Arrows.check(main("unheard", "int a;")))
                .singleElement()
                .asString()
                .contains("say what it may use");
        assertThat(Arrows.check(
                        Source.of("dht/src/test/java/corolla/dht/T.java", "import corolla.testkit.SimulatedWorld;")))
                .isEmpty();
    }

    @Test
    void packagesWithoutAFirstPageAreFound() {
        Source lonely = main("p2p", "class Sample {}");
        assertThat(Packages.check(List.of(lonely))).singleElement().asString().contains("no package-info.java");
        assertThat(Packages.check(List.of(lonely, info("@NullMarked\npackage corolla.p2p;"))))
                .hasSize(1);
        assertThat(Packages.check(List.of(
                        lonely, info("/** Streams between peers that know each other. */\npackage corolla.p2p;"))))
                .hasSize(1);
        assertThat(Packages.check(List.of(
                        lonely,
                        info("/** Streams between peers that know each other. */\n@NullMarked\npackage corolla.p2p;"))))
                .isEmpty();
        assertThat(Packages.checkModules(List.of(lonely))).containsExactly("p2p: no module-info.java");
    }

    private static Source info(String text) {
        return Source.of("p2p/src/main/java/corolla/p2p/package-info.java", text);
    }

    private static Source main(String module, String text) {
        return Source.of(module + "/src/main/java/corolla/" + module + "/Sample.java", text);
    }
}
