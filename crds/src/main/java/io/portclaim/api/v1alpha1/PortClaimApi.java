package io.portclaim.api.v1alpha1;

/** The group and the version of the API, and what is made of them. All are compile-time constants. */
public final class PortClaimApi {
    /** The API's group, also the prefix of its annotations and labels. */
    public static final String GROUP = "portclaim.io";
    /** The only version of the API. */
    public static final String VERSION = "v1alpha1";
    /** What stands as {@code apiVersion} in an object. */
    public static final String API_VERSION = GROUP + "/" + VERSION;
    /** The path under which an API server has the API, without a slash at its end. */
    public static final String PATH = "/apis/" + API_VERSION;
    /** What annotations and labels of the API begin with. */
    public static final String KEY_PREFIX = GROUP + "/";

    private PortClaimApi() {}
}
