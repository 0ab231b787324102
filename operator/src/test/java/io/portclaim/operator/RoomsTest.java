package io.portclaim.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.Arrays;
import java.util.Set;
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

    private static final Set<String> CLOCKS = Set.of(
            "java.lang.System.nanoTime",
            "java.lang.System.currentTimeMillis",
            "java.time.Instant.now",
            "java.time.Clock.system",
            "java.time.Clock.systemUTC",
            "java.time.Clock.systemDefaultZone",
            "java.time.InstantSource.system");

    /** Calls and method references: who needs the time gets a clock, so that a test can set it. */
    @ArchTest
    static final ArchRule CLOCKS_ARE_PASSED_IN = noClasses()
            .that()
            .resideInAnyPackage(
                    room("allocation"),
                    room("publish"),
                    room("codec"),
                    room("protocol"),
                    room("pool"),
                    room("node"),
                    room("claim"))
            .should()
            .accessTargetWhere(DescribedPredicate.describe(
                    "the target is a clock of the machine",
                    (JavaAccess<?> access) ->
                            CLOCKS.contains(access.getTargetOwner().getName() + "." + access.getName())));

    @ArchTest
    static final ArchRule PURE_ROOMS_START_NO_THREAD = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(Thread.class, ExecutorService.class, Executors.class, ForkJoinPool.class, Timer.class);

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
