package corolla.it.sim;

import corolla.it.sim.Scenario.Action;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The part of a scenario's line that follows {@code at TIME}. Stateless. */
final class ScenarioActions {
    private static final String ALLOWED =
            "crash, restart, leave, freeze, thaw, slow, clock, cut, mend, partition, damage";

    private ScenarioActions() {}

    /** @param machine reads the name of a machine that there is */
    static Action read(Words words, Function<Words, String> machine) {
        return switch (words.next(ALLOWED)) {
            case "crash" -> new Action.Crash(machine.apply(words));
            case "restart" -> new Action.Restart(machine.apply(words));
            case "leave" -> new Action.Leave(machine.apply(words));
            case "freeze" -> new Action.Freeze(machine.apply(words));
            case "thaw" -> new Action.Thaw(machine.apply(words));
            case "slow" -> slow(words, machine);
            case "clock" -> new Action.Clock(machine.apply(words), words.signedTime());
            case "cut" -> cut(words, machine);
            case "mend" -> mend(words, machine);
            case "partition" -> partition(words, machine);
            case "damage" -> damage(words, machine);
            case String other -> throw words.error("nothing happens by '" + other + "'", ALLOWED);
        };
    }

    /** {@code slow server-1 50 times}. */
    private static Action slow(Words words, Function<Words, String> machine) {
        String slow = machine.apply(words);
        return new Action.Slow(slow, words.count("times"));
    }

    /** {@code cut server-1 from client-1 [one-way]}. */
    private static Action cut(Words words, Function<Words, String> machine) {
        String from = machine.apply(words);
        words.expect("from");
        return new Action.Cut(from, machine.apply(words), words.skip("one-way"));
    }

    /** {@code mend server-1 and client-1} or {@code mend all}. */
    private static Action mend(Words words, Function<Words, String> machine) {
        if (words.skip("all")) {
            return new Action.MendAll();
        }
        String one = machine.apply(words);
        words.expect("and");
        return new Action.Mend(one, machine.apply(words));
    }

    /** {@code partition server-1 client-1 from server-2 server-3}. */
    private static Action partition(Words words, Function<Words, String> machine) {
        List<String> one = new ArrayList<>();
        do {
            one.add(machine.apply(words));
        } while (!words.skip("from"));
        List<String> other = new ArrayList<>();
        do {
            other.add(machine.apply(words));
        } while (words.hasNext());
        return new Action.Partition(List.copyOf(one), List.copyOf(other));
    }

    /** {@code damage server-1 to client-1 20 %}. */
    private static Action damage(Words words, Function<Words, String> machine) {
        String from = machine.apply(words);
        words.expect("to");
        String to = machine.apply(words);
        return new Action.Damage(from, to, words.count("%"));
    }

    /** How long after the beginning all has happened. */
    static Duration end(Scenario scenario) {
        return scenario.events().isEmpty()
                ? Duration.ZERO
                : scenario.events().getLast().at();
    }
}
