# shellcheck shell=bash
# To be sourced: the operator's jar, and the java to run it with. The one who sources it has set "root", the repository,
# and has two functions: "fail TEXT", which ends it, and "step TEXT COMMAND...", which runs a command and says so.

# As Maven does, and most who start Java.
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

check_java() {
    local version
    command -v "$java" >/dev/null ||
        fail "\"$java\" is not there. Install a JDK 17 or newer; on Debian 12: apt-get install openjdk-17-jdk-headless"
    version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
    [[ ${version:-0} -ge 17 ]] ||
        fail "$java is version ${version:-unknown}, and 17 or newer is needed; on Debian 12: apt-get install openjdk-17-jdk-headless"
}

operator_jar() {
    local jars=("$root"/operator/target/portclaim-operator-*.jar)
    [[ -e ${jars[0]} ]] && printf '%s\n' "${jars[0]}"
}

operator_is_built() {
    local jar
    jar=$(operator_jar) && [[ -d $root/operator/target/lib ]] &&
        [[ -z $(find "$root"/{pom.xml,crds/pom.xml,crds/src/main,operator/pom.xml,operator/src/main} -newer "$jar" -print -quit) ]]
}

build_operator() {
    operator_is_built && return
    command -v mvn >/dev/null || fail '"mvn" is not on the PATH. Install Maven; on Debian 12: apt-get install maven'
    # Neither tests nor checks: this is to run it, and "mvn verify" is for the rest.
    step 'Building the operator (the first time, Maven downloads for a minute or two)' \
        mvn -q -B -f "$root/pom.xml" -Dmaven.test.skip=true -Dspotless.check.skip=true package
}
