# shellcheck shell=bash
# To be sourced: the operator's jar, and the Java that runs it. The sourcing script sets "root" to the repository, and has
# the functions "fail TEXT", which exits, and "step TEXT COMMAND...", which prints TEXT and runs a command.

# As Maven finds it.
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

need() {
    command -v "$1" >/dev/null || fail "\"$1\" is missing. $2"
}

check_java() {
    local version
    need "$java" 'Install a JDK 17 or newer; on Debian 12: apt-get install openjdk-17-jdk-headless'
    version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
    [[ ${version:-0} -ge 17 ]] ||
        fail "$java is version ${version:-unknown}, and 17 or newer is needed; on Debian 12: apt-get install openjdk-17-jdk-headless"
}

# The name ends with a version, 1.0.0 or 1.0.0-SNAPSHOT; jars of tests and sources do not.
operator_jar() {
    local jars=("$root"/operator/target/portclaim-operator-*[0-9T].jar)
    [[ -e ${jars[0]} ]] && printf '%s\n' "${jars[0]}"
}

is_built() {
    local jar
    jar=$(operator_jar) && [[ -d $root/operator/target/lib ]] &&
        [[ -z $(find "$root"/{pom.xml,crds/pom.xml,crds/src/main,operator/pom.xml,operator/src/main} -newer "$jar" -print -quit) ]]
}

image_tar() { printf '%s\n' "$root/operator/target/portclaim-operator-image.tar"; }

# The image with the operator in it; docs/image.md.
build_image() {
    is_built && [[ $(image_tar) -nt $(operator_jar) ]] && return
    need_build_tools
    step 'Building the operator and its image (the first time, Maven downloads for some minutes)' \
        mvn -q -B -f "$root/pom.xml" -P image -DskipTests -Dspotless.check.skip=true package
}

need_build_tools() {
    need mvn 'Install Maven; on Debian 12: apt-get install maven'
    need "${java}c" 'Install a JDK, not only a JRE; on Debian 12: apt-get install openjdk-17-jdk-headless'
}

build() {
    is_built && return
    need_build_tools
    # Without tests, checks and image: this build is only to run the operator; "mvn verify" does the rest.
    step 'Building the operator (the first time, Maven downloads for a minute or two)' \
        mvn -q -B -f "$root/pom.xml" -P '!image' -Dmaven.test.skip=true -Dspotless.check.skip=true package
    # Maven does not rewrite a jar with unchanged content, even if a source has a new date.
    touch "$(operator_jar)"
}
