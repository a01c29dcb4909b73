package corolla.testkit.contract;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.testkit.SimulatedWorld;
import java.time.Duration;

/** The two worlds that must keep the same contracts. */
enum Twin {
    REAL {
        @Override
        void run(Story story) throws Exception {
            try (RealEnvironment real = RealEnvironment.create(2);
                    TaskScope scope = real.environment().tasks().open("test")) {
                Environment environment = real.environment();
                Deadline deadline = Deadline.after(environment.clock(), Duration.ofSeconds(60));
                scope.run("story", () -> story.tell(environment, environment, "127.0.0.1"))
                        .await(deadline);
            }
        }
    },
    SIMULATED {
        @Override
        void run(Story story) {
            for (long seed = 0; seed < 10; seed++) {
                SimulatedWorld.run(
                        seed,
                        world -> story.tell(
                                world.node("one").environment(),
                                world.node("two").environment(),
                                world.node("two").host()));
            }
        }
    };

    /** Runs a story as a task of the world. */
    abstract void run(Story story) throws Exception;

    interface Story {
        /** Runs as a task; the other environment's sockets are found at {@code hostOfOther}. */
        void tell(Environment one, Environment other, String hostOfOther) throws Exception;
    }
}
