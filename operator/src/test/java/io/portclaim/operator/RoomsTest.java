package io.portclaim.operator;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameStartingWith;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.fabric8.kubernetes.client.CustomResource;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Timer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;

/** Packages are rooms with one concern each, and the arrows between them point one way. */
@AnalyzeClasses(packages = "io.portclaim.operator", importOptions = ImportOption.DoNotIncludeTests.class)
class RoomsTest {
    private static final String ROOT = "io.portclaim.operator";
    private static final String[] PURE = {room("allocation"), room("publish"), room("codec"), room("protocol")};

    private static String room(String name) {
        return ROOT + "." + name + "..";
    }

    private static ArchRule closed(String from, String... to) {
        return noClasses()
                .that()
                .resideInAPackage(room(from))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(Arrays.stream(to).map(RoomsTest::room).toArray(String[]::new));
    }

    @ArchTest
    static final ArchRule PURE_ROOMS_KNOW_NO_KUBERNETES = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(CustomResource.class);

    @ArchTest
    static final ArchRule PURE_ROOMS_START_NO_THREAD_AND_READ_NO_CLOCK = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Thread.class, ExecutorService.class, Executors.class, ForkJoinPool.class, Timer.class)
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethodWhere(target(owner(equivalentTo(Clock.class))).and(target(nameStartingWith("system"))));

    @ArchTest
    static final ArchRule ALLOCATION_KNOWS_PORTS_ONLY =
            closed("allocation", "publish", "codec", "protocol", "ledger", "threads", "kube", "options");

    @ArchTest
    static final ArchRule PUBLISH_KNOWS_PORTS_AND_ALLOCATION_ONLY =
            closed("publish", "codec", "protocol", "ledger", "threads", "kube", "options");

    @ArchTest
    static final ArchRule THE_CODEC_KNOWS_PORTS_AND_ALLOCATION_ONLY =
            closed("codec", "publish", "protocol", "ledger", "threads", "kube", "options");

    @ArchTest
    static final ArchRule THE_PROTOCOL_KNOWS_THE_PURE_ROOMS_ONLY =
            closed("protocol", "ledger", "threads", "kube", "options");

    @ArchTest
    static final ArchRule THE_CORE_KNOWS_NO_WATCHER = noClasses()
            .that()
            .resideInAnyPackage(room("allocation"), room("publish"), room("codec"), room("protocol"), room("ledger"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    room("node"), room("pool"), room("claim"), room("lease"), room("http"), room("metrics"));

    @ArchTest
    static final ArchRule THE_LEDGER_IS_REQUESTS_ONLY = closed("ledger", "publish", "codec", "allocation", "threads");

    @ArchTest
    static final ArchRule NODES_KNOW_NO_POOL_AND_NO_CLAIM = closed("node", "pool", "claim", "ledger");

    @ArchTest
    static final ArchRule POOLS_KNOW_NO_CLAIM = closed("pool", "claim", "ledger");

    @ArchTest
    static final ArchRule NOBODY_KNOWS_WHO_PUTS_THEM_TOGETHER = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT);

    @ArchTest
    static final ArchRule NO_ROOM_LEADS_BACK_TO_ITSELF =
            slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();
}
