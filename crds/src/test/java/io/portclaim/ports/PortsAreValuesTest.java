package io.portclaim.ports;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.portclaim.api.v1alpha1.TransportProtocol;

/** The operator's pure packages and the agent, which has no Kubernetes client on its class path, both use this package. */
@AnalyzeClasses(packages = "io.portclaim.ports", importOptions = ImportOption.DoNotIncludeTests.class)
class PortsAreValuesTest {
    @ArchTest
    static final ArchRule PORTS_KNOW_NO_KUBERNETES = classes()
            .that()
            .resideInAPackage("io.portclaim.ports")
            .should()
            .onlyDependOnClassesThat(JavaClass.Predicates.resideInAnyPackage(
                            "io.portclaim.ports", "java.lang..", "java.util..", "org.jspecify.annotations")
                    .or(DescribedPredicate.describe(
                            "the API's protocol", (JavaClass type) -> type.isEquivalentTo(TransportProtocol.class))));
}
