package io.portclaim.agent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.portclaim.api.v1alpha1.Reason;

/** The agent's rooms, and what is on its class path: the image gives it no other jar. */
@AnalyzeClasses(packages = "io.portclaim.agent", importOptions = ImportOption.DoNotIncludeTests.class)
class AgentRoomsTest {
    private static final String ROOT = "io.portclaim.agent";

    private static String room(String name) {
        return ROOT + "." + name + "..";
    }

    @ArchTest
    static final ArchRule IT_NEEDS_LITTLE = classes()
            .that()
            .resideInAPackage(ROOT + "..")
            .should()
            .onlyDependOnClassesThat(JavaClass.Predicates.resideInAnyPackage(
                            ROOT + "..",
                            "java..",
                            "javax.net.ssl",
                            "com.sun.net.httpserver",
                            "com.fasterxml.jackson.core",
                            "org.jspecify.annotations",
                            "io.portclaim.ports")
                    .or(DescribedPredicate.describe(
                            "the reasons", (JavaClass type) -> type.isEquivalentTo(Reason.class))));

    @ArchTest
    static final ArchRule PURE_ROOMS_DO_NO_INPUT_AND_OUTPUT = noClasses()
            .that()
            .resideInAnyPackage(room("census"), room("report"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.io", "java.net", "java.nio..", room("api"), room("http"), room("log"));

    @ArchTest
    static final ArchRule ONLY_THE_API_SPEAKS_JSON = noClasses()
            .that()
            .resideOutsideOfPackage(room("api"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml..");

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
