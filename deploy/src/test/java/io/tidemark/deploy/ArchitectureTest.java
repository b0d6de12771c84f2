package io.tidemark.deploy;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.tidemark.deploy.pipeline.Installation;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The compile arrows: who may know whom. */
class ArchitectureTest {
  private static final JavaClasses CLASSES = imported();

  private static JavaClasses imported() {
    Path home = Installation.find().home();
    List<Path> folders =
        Stream.of(
                "telemetry-wire",
                "telemetry-identity",
                "edge-agent",
                "gateway",
                "cloud-ingest",
                "device-firmware-sim",
                "deploy")
            .map(module -> home.resolve(module).resolve("target/classes"))
            .toList();
    return new ClassFileImporter().importPaths(folders);
  }

  @ParameterizedTest
  @CsvSource({"agent", "gateway", "ingest", "sim", "deploy"})
  void aModuleKnowsNoOtherButWireAndIdentity(String module) {
    String own = "io.tidemark." + module + "..";
    assertThat(CLASSES.containPackage("io.tidemark." + module)).as("classes of " + module).isTrue();
    classes()
        .that(resideInAPackage(own))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(own, "io.tidemark.wire..", "io.tidemark.identity..")
                .or(resideOutsideOfPackages("io.tidemark..")))
        .check(CLASSES);
  }

  @Test
  void theWireKnowsNobodyAndDoesNoIo() {
    noClasses()
        .that(resideInAPackage("io.tidemark.wire.."))
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.tidemark..")
                .and(resideOutsideOfPackages("io.tidemark.wire.."))
                .or(
                    resideInAnyPackage("java.io..", "java.net..", "java.nio.file..", "java.sql..")
                        .and(resideOutsideOfPackages("java.lang.."))
                        .and(
                            com.tngtech.archunit.base.DescribedPredicate.describe(
                                "other than Serializable",
                                c -> !c.getName().equals("java.io.Serializable")))))
        .check(CLASSES);
  }

  @Test
  void identityKnowsOnlyTheWireAndTheJdk() {
    classes()
        .that(resideInAPackage("io.tidemark.identity"))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "io.tidemark.identity",
                "io.tidemark.wire..",
                "java..",
                "javax..",
                "org.jspecify.annotations.."))
        .check(CLASSES);
  }

  @Test
  void noDeviceKnowsHowPasswordsAreKept() {
    noClasses()
        .that(resideInAnyPackage("io.tidemark.agent..", "io.tidemark.sim.."))
        .should()
        .dependOnClassesThat(resideInAPackage("io.tidemark.identity.password.."))
        .check(CLASSES);
  }

  @Test
  void whoCarriesNoCaliforniumDoesNotNeedIt() {
    noClasses()
        .that(
            resideInAnyPackage("io.tidemark.ingest..", "io.tidemark.sim..", "io.tidemark.deploy.."))
        .should()
        .dependOnClassesThat(resideInAPackage("io.tidemark.identity.dtls.."))
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.tidemark.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  /**
   * A room's arrows: every other package of its module it may know. The module's own package, which
   * wires, knows all.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = ':',
      value = {
        "agent : config  : ",
        "agent : sensor  : journal",
        "agent : journal : ",
        "agent : publish : journal",
        "agent : service : ",
        "agent : doctor  : config identity",
        "gateway : mqtt        : intake identity",
        "gateway : coap        : intake identity",
        "gateway : identity    : ",
        "gateway : intake      : replication",
        "gateway : replication : ",
        "gateway : forward     : replication",
        "ingest : intake     : storage ledger quarantine access audit sql",
        "ingest : storage    : ",
        "ingest : ledger     : storage sql",
        "ingest : quarantine : sql",
        "ingest : sql        : ",
        "ingest : audit      : sql",
        "ingest : access     : audit sql",
        "ingest : oidc       : access sql",
        "ingest : accesslist : access audit sql",
        "ingest : backup     : storage sql",
        "ingest : replicas   : storage ledger sql",
        "ingest : registry   : accesslist audit sql",
        "ingest : gateways   : access sql",
        "ingest : alerts     : storage ledger audit sql",
        "ingest : identity   : access accesslist audit registry sql",
        "ingest : api        : intake storage ledger quarantine registry gateways alerts identity"
            + " oidc access accesslist audit backup replicas sql",
        "ingest : install    : identity",
        "ingest : web        : ",
        "sim : csv      : ",
        "sim : chance   : ",
        "sim : payload  : ",
        "sim : times    : chance",
        "sim : source   : csv chance times payload",
        "sim : rogue    : chance",
        "sim : scenario : source relay rogue payload",
        "sim : record   : ",
        "sim : link     : ",
        "sim : fleet    : record link payload",
        "sim : hardware : record",
        "sim : verify   : record hardware payload",
        "sim : view     : fleet rogue hardware",
        "sim : report   : view verify fleet rogue hardware",
        "sim : relay    : chance times",
        "deploy : pipeline : ",
        "deploy : cluster  : ",
        "deploy : chaos    : pipeline",
        "deploy : demo     : pipeline chaos",
        "deploy : setup    : pipeline",
        "deploy : device   : ",
        "deploy : bench    : pipeline cluster device images",
        "deploy : doctor   : cluster device",
        "deploy : backup   : pipeline",
        "deploy : sbom     : ",
        "deploy : images   : ",
      })
  void aRoomKnowsOnlyTheNextOnes(String module, String room, String next) {
    String root = "io.tidemark." + module;
    String[] allowed =
        Stream.concat(
                Stream.of(root + "." + room + ".."),
                Stream.of((next == null ? "" : next).split(" "))
                    .filter(name -> !name.isBlank())
                    .map(name -> root + "." + name + ".."))
            .toArray(String[]::new);
    classes()
        .that(resideInAPackage(root + "." + room + ".."))
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(allowed).or(resideOutsideOfPackages(root, root + "..")))
        .check(CLASSES);
  }
}
