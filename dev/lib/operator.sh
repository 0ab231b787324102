# shellcheck shell=bash
# To be sourced: the jars of the operator and the agent, the image, and the Java that runs them. The sourcing script sets
# "root" to the repository, and has the functions "fail TEXT", which exits, and "step TEXT COMMAND...", which prints TEXT and
# runs a command.

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
jar_of() {
    local jars=("$root/$1/target/portclaim-$1"-*[0-9T].jar)
    [[ -e ${jars[0]} ]] && printf '%s\n' "${jars[0]}"
}

operator_jar() { jar_of operator; }

# The three jars that an agent needs. The operator has two of them among its libraries.
agent_class_path() {
    local library=$root/operator/target/lib jars
    jars=("$(jar_of agent)" "$library"/portclaim-api-*[0-9T].jar "$library"/jackson-core-*.jar)
    local IFS=:
    printf '%s\n' "${jars[*]}"
}

is_built() {
    local jar
    jar=$(operator_jar) && jar_of agent >/dev/null && [[ -d $root/operator/target/lib ]] &&
        [[ -z $(find "$root"/{pom.xml,{crds,agent,operator}/{pom.xml,src/main}} -newer "$jar" -print -quit) ]]
}

image_tar() { printf '%s\n' "$root/image/target/portclaim-operator-image.tar"; }

image_is_built() {
    local tar
    tar=$(image_tar)
    is_built && [[ $tar -nt $(operator_jar) ]] &&
        [[ -z $(find "$root"/image/{pom.xml,image-layers,jvm-options,src/main} -newer "$tar" -print -quit) ]]
}

# The image with operator and agent in it; docs/image.md.
build_image() {
    image_is_built && return
    need_build_tools
    step 'Building the operator and its image (the first time, Maven downloads for some minutes)' \
        mvn -q -B -f "$root/pom.xml" -P image -Dmaven.test.skip=true -Dspotless.check.skip=true package
}

need_build_tools() {
    need mvn 'Install Maven; on Debian 12: apt-get install maven'
    need "${java}c" 'Install a JDK, not only a JRE; on Debian 12: apt-get install openjdk-17-jdk-headless'
}

build() {
    # Two commands may run beside each other in one checkout. Without flock, as on macOS, they should not.
    local lock
    exec {lock}<"$root/pom.xml"
    ! command -v flock >/dev/null || flock "$lock"
    is_built || build_jars
    exec {lock}<&-
}

build_jars() {
    need_build_tools
    # Without tests, checks and image: this build is only to run the operator; "mvn verify" does the rest.
    step 'Building the operator (the first time, Maven downloads for a minute or two)' \
        mvn -q -B -f "$root/pom.xml" -pl agent,operator -am -Dmaven.test.skip=true -Dspotless.check.skip=true package
    # Maven does not rewrite a jar with unchanged content, even if a source has a new date.
    touch "$(operator_jar)"
}
