// Made by `npm run types` from crates/server/openapi/apis_toft.dev_v1alpha1.json. Do not edit.

export interface paths {
    "/apis/toft.dev/v1alpha1/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List or watch images. */
        get: operations["listToftDevV1alpha1Image"];
        put?: never;
        /** Create images. */
        post: operations["postToftDevV1alpha1Image"];
        /** Delete all selected images. */
        delete: operations["deletecollectionToftDevV1alpha1Image"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/images/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        /** Read image. */
        get: operations["getToftDevV1alpha1Image"];
        /** Replace image. */
        put: operations["putToftDevV1alpha1Image"];
        post?: never;
        /** Delete image. */
        delete: operations["deleteToftDevV1alpha1Image"];
        options?: never;
        head?: never;
        /** Change a part of image. */
        patch: operations["patchToftDevV1alpha1Image"];
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/images/{name}/status": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        /** Read image. */
        get: operations["getToftDevV1alpha1StatusImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        /** List or watch snapshots. */
        get: operations["listToftDevV1alpha1NamespacedSnapshot"];
        put?: never;
        /** Create snapshots. */
        post: operations["postToftDevV1alpha1NamespacedSnapshot"];
        /** Delete all selected snapshots. */
        delete: operations["deletecollectionToftDevV1alpha1NamespacedSnapshot"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/snapshots/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        /** Read snapshot. */
        get: operations["getToftDevV1alpha1NamespacedSnapshot"];
        /** Replace snapshot. */
        put: operations["putToftDevV1alpha1NamespacedSnapshot"];
        post?: never;
        /** Delete snapshot. */
        delete: operations["deleteToftDevV1alpha1NamespacedSnapshot"];
        options?: never;
        head?: never;
        /** Change a part of snapshot. */
        patch: operations["patchToftDevV1alpha1NamespacedSnapshot"];
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/snapshots/{name}/status": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        /** Read snapshot. */
        get: operations["getToftDevV1alpha1NamespacedStatusSnapshot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        /** List or watch workspaces. */
        get: operations["listToftDevV1alpha1NamespacedWorkspace"];
        put?: never;
        /** Create workspaces. */
        post: operations["postToftDevV1alpha1NamespacedWorkspace"];
        /** Delete all selected workspaces. */
        delete: operations["deletecollectionToftDevV1alpha1NamespacedWorkspace"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example dev
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        /** Read workspace. */
        get: operations["getToftDevV1alpha1NamespacedWorkspace"];
        /** Replace workspace. */
        put: operations["putToftDevV1alpha1NamespacedWorkspace"];
        post?: never;
        /** Delete workspace. */
        delete: operations["deleteToftDevV1alpha1NamespacedWorkspace"];
        options?: never;
        head?: never;
        /** Change a part of workspace. */
        patch: operations["patchToftDevV1alpha1NamespacedWorkspace"];
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/status": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example dev
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        /** Read workspace. */
        get: operations["getToftDevV1alpha1NamespacedStatusWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List or watch snapshots. */
        get: operations["listToftDevV1alpha1ForAllNamespacesSnapshot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List or watch templates. */
        get: operations["listToftDevV1alpha1Template"];
        put?: never;
        /** Create templates. */
        post: operations["postToftDevV1alpha1Template"];
        /** Delete all selected templates. */
        delete: operations["deletecollectionToftDevV1alpha1Template"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/templates/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        /** Read template. */
        get: operations["getToftDevV1alpha1Template"];
        /** Replace template. */
        put: operations["putToftDevV1alpha1Template"];
        post?: never;
        /** Delete template. */
        delete: operations["deleteToftDevV1alpha1Template"];
        options?: never;
        head?: never;
        /** Change a part of template. */
        patch: operations["patchToftDevV1alpha1Template"];
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/templates/{name}/status": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        /** Read template. */
        get: operations["getToftDevV1alpha1StatusTemplate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List or watch workspaces. */
        get: operations["listToftDevV1alpha1ForAllNamespacesWorkspace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A root file system, fetched or built once and shared by every workspace that names it. */
        "dev.toft.v1alpha1.Image": {
            /** @description Always `toft.dev/v1alpha1`. */
            apiVersion: string;
            /** @description The kind's name. */
            kind: string;
            /** @description Name, owner, labels and what the server keeps about the object. */
            metadata: {
                /** @description Notes of people and programs. */
                annotations?: {
                    [key: string]: string;
                };
                /** @description Set by the server. */
                creationTimestamp?: string;
                /**
                 * Format: int64
                 * @description Set by the server: seconds that a running workspace gets to end by itself.
                 */
                deletionGracePeriodSeconds?: number;
                /** @description Set by the server when deletion was asked for; the object goes when its finalizers are gone. */
                deletionTimestamp?: string;
                /** @description Who must still clean up before the object goes. */
                finalizers?: string[];
                /** @description A prefix from which the server makes a name when `name` is empty. */
                generateName?: string;
                /**
                 * Format: int64
                 * @description Set by the server: counts the changes of the spec.
                 */
                generation?: number;
                /** @description Words to select objects by. */
                labels?: {
                    [key: string]: string;
                };
                /** @description Accepted from Kubernetes' tools and not kept: this server tracks no field managers. */
                managedFields?: Record<string, never>[];
                /** @description The object's name: a DNS label, unique among its kind in its namespace. */
                name?: string;
                /** @description The owner. Empty for kinds that belong to the whole site. */
                namespace?: string;
                /** @description Accepted from Kubernetes' tools and kept as it is. */
                ownerReferences?: Record<string, never>[];
                /** @description Set by the server: names this state of the object; send it back to refuse a stale write. */
                resourceVersion?: string;
                /** @description Accepted from old tools and not kept. */
                selfLink?: string;
                /** @description Set by the server: a `UUIDv7` that never changes and is never used again. */
                uid?: string;
            };
            /** @description What is wanted. */
            spec: {
                /** @description Where it comes from: exactly one of the fields. */
                source: {
                    /** @description Made on this host from Debian's packages. */
                    debian?: {
                        /** @description What is installed beside the smallest system. */
                        packages?: string[];
                        /** @description The release, as `bookworm`. */
                        suite: string;
                    };
                    /** @description From an OCI registry. */
                    oci?: {
                        /** @description `HOST/NAME:TAG` or `HOST/NAME@sha256:…`. */
                        reference: string;
                    };
                };
            };
            /** @description What is, as the server saw it last. What a client sends here is ignored. */
            status?: {
                /** @description `Ready`. */
                conditions?: {
                    /** @description When `status` changed last. */
                    lastTransitionTime: string;
                    /** @description A sentence for people: what it is, why, and what happens next. */
                    message?: string;
                    /**
                     * Format: int64
                     * @description The generation of the spec that this was observed for.
                     */
                    observedGeneration?: number;
                    /** @description One word in CamelCase for programs. */
                    reason: string;
                    /**
                     * @description Whether it holds.
                     *
                     *     True: It holds.
                     *     False: It does not.
                     *     Unknown: It could not be told.
                     * @enum {string}
                     */
                    status: "True" | "False" | "Unknown";
                    /** @description Which side: `Ready`, `ImageReady` … */
                    type: string;
                }[];
                /** @description `sha256:…` of what it holds. */
                digest?: string;
                /** @description One sentence for people. */
                message?: string;
                /**
                 * Format: int64
                 * @description The generation of the spec that this was observed for.
                 */
                observedGeneration?: number;
                /**
                 * @description Where it stands.
                 *
                 *     Absent: Not there; fetched or made when a workspace needs it.
                 *     Preparing: On its way.
                 *     Ready: There.
                 *     Failed: The last try failed; the message says why.
                 * @default Absent
                 * @enum {string}
                 */
                phase?: "Absent" | "Preparing" | "Ready" | "Failed";
                /** @description How far it is, in percent, while it is being prepared. */
                progress?: number;
                /** @description Bytes on this host's disk. */
                sizeBytes?: number;
            };
        };
        /** @description A list of images. */
        "dev.toft.v1alpha1.ImageList": {
            apiVersion: string;
            items: components["schemas"]["dev.toft.v1alpha1.Image"][];
            kind: string;
            metadata: components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"];
        };
        /**
         * @description What a workspace's disk (home, machine and logs) held at one instant, kept beside it. It
         *     outlives the workspace, and is in the same namespace.
         */
        "dev.toft.v1alpha1.Snapshot": {
            /** @description Always `toft.dev/v1alpha1`. */
            apiVersion: string;
            /** @description The kind's name. */
            kind: string;
            /** @description Name, owner, labels and what the server keeps about the object. */
            metadata: {
                /** @description Notes of people and programs. */
                annotations?: {
                    [key: string]: string;
                };
                /** @description Set by the server. */
                creationTimestamp?: string;
                /**
                 * Format: int64
                 * @description Set by the server: seconds that a running workspace gets to end by itself.
                 */
                deletionGracePeriodSeconds?: number;
                /** @description Set by the server when deletion was asked for; the object goes when its finalizers are gone. */
                deletionTimestamp?: string;
                /** @description Who must still clean up before the object goes. */
                finalizers?: string[];
                /** @description A prefix from which the server makes a name when `name` is empty. */
                generateName?: string;
                /**
                 * Format: int64
                 * @description Set by the server: counts the changes of the spec.
                 */
                generation?: number;
                /** @description Words to select objects by. */
                labels?: {
                    [key: string]: string;
                };
                /** @description Accepted from Kubernetes' tools and not kept: this server tracks no field managers. */
                managedFields?: Record<string, never>[];
                /** @description The object's name: a DNS label, unique among its kind in its namespace. */
                name?: string;
                /** @description The owner. Empty for kinds that belong to the whole site. */
                namespace?: string;
                /** @description Accepted from Kubernetes' tools and kept as it is. */
                ownerReferences?: Record<string, never>[];
                /** @description Set by the server: names this state of the object; send it back to refuse a stale write. */
                resourceVersion?: string;
                /** @description Accepted from old tools and not kept. */
                selfLink?: string;
                /** @description Set by the server: a `UUIDv7` that never changes and is never used again. */
                uid?: string;
            };
            /** @description What is wanted. */
            spec: {
                /** @description When it removes itself; never without it. */
                expiresAt?: string;
                /** @description Name of the workspace. Cannot be changed. */
                workspace: string;
            };
            /** @description What is, as the server saw it last. What a client sends here is ignored. */
            status?: {
                /** @description Digest of the image that its machine lies over. */
                imageDigest?: string;
                /** @description Why it could not be taken. */
                message?: string;
                /**
                 * @description Where it stands.
                 *
                 *     Pending: Not taken yet.
                 *     Ready: It can be restored.
                 *     Failed: It could not be taken, and is not tried again.
                 * @default Pending
                 * @enum {string}
                 */
                phase?: "Pending" | "Ready" | "Failed";
                /** @description Bytes that it held then. */
                sizeBytes?: number;
                /** @description What the workspace was then, so that another one can be made of it. */
                source?: {
                    /** @description Its image, where it was not the template's. */
                    image?: string;
                    /** @description Its parameters. */
                    parameters?: {
                        [key: string]: string;
                    };
                    /** @description What its own specification said of resources. */
                    resources?: {
                        /** @description The most it can use, enforced by the kernel. */
                        limits?: {
                            /** @description Cores: `500m` is half of one. */
                            cpu?: number | string;
                            /** @description Bytes of memory: `2Gi`. */
                            memory?: number | string;
                            /** @description Processes and threads; only as a limit. */
                            pids?: number | string;
                            /** @description Bytes of disk: home, machine and logs together; only as a limit. `20Gi`. */
                            storage?: number | string;
                        };
                        /** @description Set aside on the host while it runs. Where less is free it waits in the queue. */
                        requests?: {
                            /** @description Cores: `500m` is half of one. */
                            cpu?: number | string;
                            /** @description Bytes of memory: `2Gi`. */
                            memory?: number | string;
                            /** @description Processes and threads; only as a limit. */
                            pids?: number | string;
                            /** @description Bytes of disk: home, machine and logs together; only as a limit. `20Gi`. */
                            storage?: number | string;
                        };
                    };
                    /** @description Its template. */
                    template: string;
                };
                /** @description When it was taken. */
                takenAt?: string;
            };
        };
        /** @description A list of snapshots. */
        "dev.toft.v1alpha1.SnapshotList": {
            apiVersion: string;
            items: components["schemas"]["dev.toft.v1alpha1.Snapshot"][];
            kind: string;
            metadata: components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"];
        };
        /** @description What workspaces are made of: image, user, apps, parameters, defaults. */
        "dev.toft.v1alpha1.Template": {
            /** @description Always `toft.dev/v1alpha1`. */
            apiVersion: string;
            /** @description The kind's name. */
            kind: string;
            /** @description Name, owner, labels and what the server keeps about the object. */
            metadata: {
                /** @description Notes of people and programs. */
                annotations?: {
                    [key: string]: string;
                };
                /** @description Set by the server. */
                creationTimestamp?: string;
                /**
                 * Format: int64
                 * @description Set by the server: seconds that a running workspace gets to end by itself.
                 */
                deletionGracePeriodSeconds?: number;
                /** @description Set by the server when deletion was asked for; the object goes when its finalizers are gone. */
                deletionTimestamp?: string;
                /** @description Who must still clean up before the object goes. */
                finalizers?: string[];
                /** @description A prefix from which the server makes a name when `name` is empty. */
                generateName?: string;
                /**
                 * Format: int64
                 * @description Set by the server: counts the changes of the spec.
                 */
                generation?: number;
                /** @description Words to select objects by. */
                labels?: {
                    [key: string]: string;
                };
                /** @description Accepted from Kubernetes' tools and not kept: this server tracks no field managers. */
                managedFields?: Record<string, never>[];
                /** @description The object's name: a DNS label, unique among its kind in its namespace. */
                name?: string;
                /** @description The owner. Empty for kinds that belong to the whole site. */
                namespace?: string;
                /** @description Accepted from Kubernetes' tools and kept as it is. */
                ownerReferences?: Record<string, never>[];
                /** @description Set by the server: names this state of the object; send it back to refuse a stale write. */
                resourceVersion?: string;
                /** @description Accepted from old tools and not kept. */
                selfLink?: string;
                /** @description Set by the server: a `UUIDv7` that never changes and is never used again. */
                uid?: string;
            };
            /** @description What is wanted. */
            spec: {
                /** @description What a browser can open. */
                apps?: {
                    /**
                     * @description The program and its arguments that the agent keeps running; none where something else
                     *     starts it. `${NAME}` stands for a parameter.
                     */
                    command?: string[];
                    /** @description More variables for it. `${NAME}` stands for a parameter. */
                    env?: {
                        [key: string]: string;
                    };
                    /**
                     * @description How it is opened.
                     *
                     *     terminal: A shell in the browser, kept by the agent.
                     *     web: A page of the workspace's own, under a host name of its own.
                     *     service: A program without a page, which the agent keeps running.
                     * @default web
                     * @enum {string}
                     */
                    kind?: "terminal" | "web" | "service";
                    /** @description Its name in URLs. */
                    name: string;
                    /** @description The port that a `web` app answers on, on any address of the workspace, loopback included. */
                    port?: number;
                    /**
                     * @description A path that answers with a status below 500 when it is ready; otherwise an open port or
                     *     socket is enough.
                     */
                    readyPath?: string;
                    /**
                     * @description The unix socket on which a `service` answers when it is ready; a running process is, if left
                     *     out.
                     */
                    readySocket?: string;
                    /** @description Its title for people. */
                    title: string;
                    /** @description Who runs its command: a user of the image; the workspace's person if left out. */
                    user?: string;
                }[];
                /** @description One or two sentences for people. */
                description?: string;
                /** @description Variables of every process inside. `${NAME}` stands for a parameter. */
                env?: {
                    [key: string]: string;
                };
                /** @description Name of the `Image` that workspaces start from. */
                image: string;
                /**
                 * @description What is the first process.
                 *
                 *     agent: Toft's agent: a machine of apps, terminals and commands, up in a moment.
                 *     system: The image's own init (systemd, busybox, `/sbin/init`), with the agent beside it: a whole
                 *     server. It may mount and configure its network and its control groups, within its user namespace.
                 * @enum {string}
                 */
                init?: "agent" | "system";
                /**
                 * @description Whether containers can be run inside, and which.
                 *
                 *     none: No containers: neither namespaces nor mounts can be made inside.
                 *     containers: Rootless containers, as of podman: namespaces and mounts inside of those.
                 *     docker: Docker: root inside may mount, and configure its network and its control groups.
                 * @enum {string}
                 */
                nesting?: "none" | "containers" | "docker";
                /**
                 * @description Where workspaces can connect to.
                 * @default {
                 *       "egress": "internet"
                 *     }
                 */
                network?: {
                    /**
                     * @description How far out.
                     *
                     *     none: Nowhere.
                     *     internet: To public addresses, not to private ones.
                     *     lan: To the networks that `lan` names and nothing else; `0.0.0.0/0` there is everything.
                     * @default internet
                     * @enum {string}
                     */
                    egress?: "none" | "internet" | "lan";
                    /** @description Networks of the LAN, as `192.168.1.0/24`, with egress `lan`. */
                    lan?: string[];
                };
                /** @description What a user may choose when creating a workspace. */
                parameters?: {
                    /**
                     * @description What it is when nothing is chosen.
                     * @default
                     */
                    default?: string;
                    /** @description One sentence for people. */
                    description?: string;
                    /** @description Its name in `--param NAME=VALUE` and `${NAME}`. */
                    name: string;
                    /** @description The values that it may have; any text where empty. */
                    options?: string[];
                    /** @description Its title for people. */
                    title: string;
                }[];
                /**
                 * @description What of a workspace outlives its stop.
                 *
                 *     none: Nothing: each start is the first one.
                 *     home: The home. The rest of the machine is the image's again at each start, the newest one that
                 *     there is.
                 *     machine: Everything: home and machine, such as packages that were installed. The machine stays with
                 *     the image that it was begun on.
                 * @enum {string}
                 */
                persistence?: "none" | "home" | "machine";
                /** @description What workspaces reserve and may use where they do not say it. */
                resources?: {
                    /** @description The most it can use, enforced by the kernel. */
                    limits?: {
                        /** @description Cores: `500m` is half of one. */
                        cpu?: number | string;
                        /** @description Bytes of memory: `2Gi`. */
                        memory?: number | string;
                        /** @description Processes and threads; only as a limit. */
                        pids?: number | string;
                        /** @description Bytes of disk: home, machine and logs together; only as a limit. `20Gi`. */
                        storage?: number | string;
                    };
                    /** @description Set aside on the host while it runs. Where less is free it waits in the queue. */
                    requests?: {
                        /** @description Cores: `500m` is half of one. */
                        cpu?: number | string;
                        /** @description Bytes of memory: `2Gi`. */
                        memory?: number | string;
                        /** @description Processes and threads; only as a limit. */
                        pids?: number | string;
                        /** @description Bytes of disk: home, machine and logs together; only as a limit. `20Gi`. */
                        storage?: number | string;
                    };
                };
                /** @description Its title for people. */
                title: string;
                /**
                 * @description Who works inside.
                 * @default {
                 *       "name": "toft",
                 *       "uid": 1000,
                 *       "home": "/home/toft",
                 *       "shell": "/bin/bash"
                 *     }
                 */
                user?: {
                    /** @description Groups of the image that they are members of, beside their own. */
                    groups?: string[];
                    /** @description Home directory, where the workspace's volume is mounted. */
                    home: string;
                    /** @description Login name. */
                    name: string;
                    /** @description Login shell. */
                    shell: string;
                    /** @description User and group id. */
                    uid: number;
                };
            };
            /** @description What is, as the server saw it last. What a client sends here is ignored. */
            status?: {
                /**
                 * @description Whether it came with Toft; such a one follows Toft's version.
                 * @default false
                 */
                builtIn?: boolean;
            };
        };
        /** @description A list of templates. */
        "dev.toft.v1alpha1.TemplateList": {
            apiVersion: string;
            items: components["schemas"]["dev.toft.v1alpha1.Template"][];
            kind: string;
            metadata: components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"];
        };
        /**
         * @description One person's machine: made from a template, with a home, apps, resources and a lifecycle.
         *     `metadata.namespace` is its owner.
         */
        "dev.toft.v1alpha1.Workspace": {
            /** @description Always `toft.dev/v1alpha1`. */
            apiVersion: string;
            /** @description The kind's name. */
            kind: string;
            /** @description Name, owner, labels and what the server keeps about the object. */
            metadata: {
                /** @description Notes of people and programs. */
                annotations?: {
                    [key: string]: string;
                };
                /** @description Set by the server. */
                creationTimestamp?: string;
                /**
                 * Format: int64
                 * @description Set by the server: seconds that a running workspace gets to end by itself.
                 */
                deletionGracePeriodSeconds?: number;
                /** @description Set by the server when deletion was asked for; the object goes when its finalizers are gone. */
                deletionTimestamp?: string;
                /** @description Who must still clean up before the object goes. */
                finalizers?: string[];
                /** @description A prefix from which the server makes a name when `name` is empty. */
                generateName?: string;
                /**
                 * Format: int64
                 * @description Set by the server: counts the changes of the spec.
                 */
                generation?: number;
                /** @description Words to select objects by. */
                labels?: {
                    [key: string]: string;
                };
                /** @description Accepted from Kubernetes' tools and not kept: this server tracks no field managers. */
                managedFields?: Record<string, never>[];
                /** @description The object's name: a DNS label, unique among its kind in its namespace. */
                name?: string;
                /** @description The owner. Empty for kinds that belong to the whole site. */
                namespace?: string;
                /** @description Accepted from Kubernetes' tools and kept as it is. */
                ownerReferences?: Record<string, never>[];
                /** @description Set by the server: names this state of the object; send it back to refuse a stale write. */
                resourceVersion?: string;
                /** @description Accepted from old tools and not kept. */
                selfLink?: string;
                /** @description Set by the server: a `UUIDv7` that never changes and is never used again. */
                uid?: string;
            };
            /** @description What is wanted. */
            spec: {
                /**
                 * @description What its disk begins with, instead of an empty home: a copy of what this held at that moment.
                 *     Cannot be changed.
                 */
                dataSource?: {
                    /**
                     * @description What it is.
                     *
                     *     Workspace: The disk of another workspace, running or not.
                     *     Snapshot: A snapshot.
                     * @enum {string}
                     */
                    kind: "Workspace" | "Snapshot";
                    /** @description Its name, in the same namespace. */
                    name: string;
                };
                /** @description Name of an image instead of the template's. */
                image?: string;
                /** @description How it stops and restarts. */
                lifecycle?: {
                    /**
                     * @description A change of this restarts a running workspace once, whatever time it says: it is compared with
                     *     `status.restartObserved`, not with a clock. `toft restart` sets it to now.
                     */
                    restartedAt?: string;
                    /**
                     * @description Puts what a snapshot holds in the place of its disk, once. It is stopped for that and started
                     *     again if it should run; what its disk held before is kept as a snapshot.
                     */
                    restore?: {
                        /** @description A change of this restores once, whatever time it says: it is compared with `status.restored`. */
                        requestedAt: string;
                        /** @description Name of the snapshot, in the same namespace. */
                        snapshot: string;
                    };
                    /**
                     * @description Seconds that its processes get to end by themselves before they are killed.
                     * @default 10
                     */
                    stopGraceSeconds?: number;
                };
                /** @description Values of the template's parameters, by name; what is left out takes the template's default. */
                parameters?: {
                    [key: string]: string;
                };
                /** @description What it reserves and what it may use at most; what is left out takes the template's. */
                resources?: {
                    /** @description The most it can use, enforced by the kernel. */
                    limits?: {
                        /** @description Cores: `500m` is half of one. */
                        cpu?: number | string;
                        /** @description Bytes of memory: `2Gi`. */
                        memory?: number | string;
                        /** @description Processes and threads; only as a limit. */
                        pids?: number | string;
                        /** @description Bytes of disk: home, machine and logs together; only as a limit. `20Gi`. */
                        storage?: number | string;
                    };
                    /** @description Set aside on the host while it runs. Where less is free it waits in the queue. */
                    requests?: {
                        /** @description Cores: `500m` is half of one. */
                        cpu?: number | string;
                        /** @description Bytes of memory: `2Gi`. */
                        memory?: number | string;
                        /** @description Processes and threads; only as a limit. */
                        pids?: number | string;
                        /** @description Bytes of disk: home, machine and logs together; only as a limit. `20Gi`. */
                        storage?: number | string;
                    };
                };
                /**
                 * @description Whether it should run. `toft stop` sets it to false.
                 * @default true
                 */
                running?: boolean;
                /**
                 * @description Name of the template it is made from. Cannot be changed.
                 * @default shell
                 */
                template?: string;
            };
            /** @description What is, as the server saw it last. What a client sends here is ignored. */
            status?: {
                /** @description Its address in its owner's network. */
                address?: string;
                /** @description Its apps. */
                apps?: {
                    /**
                     * @description How it is opened.
                     *
                     *     terminal: A shell in the browser, kept by the agent.
                     *     web: A page of the workspace's own, under a host name of its own.
                     *     service: A program without a page, which the agent keeps running.
                     * @enum {string}
                     */
                    kind: "terminal" | "web" | "service";
                    /** @description Why it does not. */
                    message?: string;
                    /** @description Its name in the template. */
                    name: string;
                    /** @description The port that it answers on, where it has one. */
                    port?: number;
                    /** @description Whether it answers. */
                    ready: boolean;
                    /** @description Its title for people. */
                    title: string;
                }[];
                /**
                 * @description `Admitted`, `ImageReady`, `VolumeReady`, `NetworkReady`, `SandboxReady`, `AgentReady`,
                 *     `AppsReady`, `Ready`, in this order.
                 */
                conditions?: {
                    /** @description When `status` changed last. */
                    lastTransitionTime: string;
                    /** @description A sentence for people: what it is, why, and what happens next. */
                    message?: string;
                    /**
                     * Format: int64
                     * @description The generation of the spec that this was observed for.
                     */
                    observedGeneration?: number;
                    /** @description One word in CamelCase for programs. */
                    reason: string;
                    /**
                     * @description Whether it holds.
                     *
                     *     True: It holds.
                     *     False: It does not.
                     *     Unknown: It could not be told.
                     * @enum {string}
                     */
                    status: "True" | "False" | "Unknown";
                    /** @description Which side: `Ready`, `ImageReady` … */
                    type: string;
                }[];
                /** @description The host that it was placed on. */
                host?: string;
                /** @description Digest of the image that it runs. */
                imageDigest?: string;
                /** @description What could not be removed yet, while it is being deleted. */
                leftovers?: string[];
                /** @description One sentence for people: what it is, why, and what happens next. */
                message?: string;
                /**
                 * Format: int64
                 * @description The generation of the spec that this was observed for.
                 */
                observedGeneration?: number;
                /**
                 * @description Where it stands.
                 *
                 *     Pending: Seen by nobody yet.
                 *     Queued: Waits for room on the host.
                 *     Starting: On its way to running; the conditions tell the step.
                 *     Running: Its agent and all its apps answer.
                 *     Stopping: On its way to a stop.
                 *     Stopped: Not running and not meant to.
                 *     Failed: A step failed; it is tried again, and a stop or delete always works.
                 *     Deleting: On its way out.
                 * @default Pending
                 * @enum {string}
                 */
                phase?: "Pending" | "Queued" | "Starting" | "Running" | "Stopping" | "Stopped" | "Failed" | "Deleting";
                /** @description Its place in the queue while it waits for room. */
                queue?: {
                    /** @description What is missing, for people: `2Gi memory`. */
                    needs: string;
                    /** @description How many wait. */
                    of: number;
                    /** @description From 1. */
                    position: number;
                };
                /** @description What its template and its own spec came to when it was admitted. */
                resources?: {
                    /** @description The most it can use, enforced by the kernel. */
                    limits?: {
                        /** @description Cores: `500m` is half of one. */
                        cpu?: number | string;
                        /** @description Bytes of memory: `2Gi`. */
                        memory?: number | string;
                        /** @description Processes and threads; only as a limit. */
                        pids?: number | string;
                        /** @description Bytes of disk: home, machine and logs together; only as a limit. `20Gi`. */
                        storage?: number | string;
                    };
                    /** @description Set aside on the host while it runs. Where less is free it waits in the queue. */
                    requests?: {
                        /** @description Cores: `500m` is half of one. */
                        cpu?: number | string;
                        /** @description Bytes of memory: `2Gi`. */
                        memory?: number | string;
                        /** @description Processes and threads; only as a limit. */
                        pids?: number | string;
                        /** @description Bytes of disk: home, machine and logs together; only as a limit. `20Gi`. */
                        storage?: number | string;
                    };
                };
                /** @description The `spec.lifecycle.restartedAt` that it was started for. */
                restartObserved?: string;
                /** @description The `spec.lifecycle.restore.requestedAt` that was done last. */
                restored?: string;
                /** @description When it was started last. */
                startedAt?: string;
            };
        };
        /** @description A list of workspaces. */
        "dev.toft.v1alpha1.WorkspaceList": {
            apiVersion: string;
            items: components["schemas"]["dev.toft.v1alpha1.Workspace"][];
            kind: string;
            metadata: components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"];
        };
        /** @description How to delete. */
        "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions": {
            apiVersion?: string;
            dryRun?: "All"[];
            /** Format: int64 */
            gracePeriodSeconds?: number;
            kind?: string;
            orphanDependents?: boolean;
            preconditions?: {
                resourceVersion?: string;
                uid?: string;
            };
            propagationPolicy?: string;
        };
        /** @description What is known about a list. */
        "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta": {
            /** @description Goes on with the list. */
            continue?: string;
            /** Format: int64 */
            remainingItemCount?: number;
            /** @description Watch from here to miss nothing. */
            resourceVersion?: string;
        };
        /** @description How a request went. */
        "io.k8s.apimachinery.pkg.apis.meta.v1.Status": {
            apiVersion: string;
            /** Format: int32 */
            code?: number;
            details?: {
                causes?: {
                    field?: string;
                    message?: string;
                    reason?: string;
                }[];
                group?: string;
                kind?: string;
                name?: string;
                /** Format: int32 */
                retryAfterSeconds?: number;
                uid?: string;
            };
            kind: string;
            /** @description A sentence for people. */
            message?: string;
            /** @description What is known about a list. */
            metadata: {
                /** @description Goes on with the list. */
                continue?: string;
                /** Format: int64 */
                remainingItemCount?: number;
                /** @description Watch from here to miss nothing. */
                resourceVersion?: string;
            };
            /** @description One word for programs. */
            reason?: string;
            /** @enum {string} */
            status: "Success" | "Failure";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listToftDevV1alpha1Image: {
        parameters: {
            query?: {
                /** @description Sends bookmarks now and then. */
                allowWatchBookmarks?: boolean;
                /** @description Goes on with a list, by what its last part said. */
                continue?: string;
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /**
                 * @description At most so many; the answer says how to go on.
                 * @example 50
                 */
                limit?: number;
                /** @description Watches from here on; 410 where that is too long ago. */
                resourceVersion?: string;
                /** @description Accepted: lists are always of now. */
                resourceVersionMatch?: string;
                /** @description Ends a watch after so long. */
                timeoutSeconds?: number;
                /** @description Streams changes, one JSON object a line. */
                watch?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.ImageList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    postToftDevV1alpha1Image: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Image",
                 *       "metadata": {
                 *         "name": "new"
                 *       },
                 *       "spec": {
                 *         "source": {
                 *           "oci": {
                 *             "reference": "localhost:5000/course:1"
                 *           }
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["dev.toft.v1alpha1.Image"];
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Image",
                 *       "metadata": {
                 *         "name": "new"
                 *       },
                 *       "spec": {
                 *         "source": {
                 *           "oci": {
                 *             "reference": "localhost:5000/course:1"
                 *           }
                 *         }
                 *       }
                 *     }
                 */
                "application/yaml": components["schemas"]["dev.toft.v1alpha1.Image"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Image"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    deletecollectionToftDevV1alpha1Image: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /** @description Seconds that what runs gets to end by itself. */
                gracePeriodSeconds?: number;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /** @description Accepted: everything that belongs to an object goes with it. */
                propagationPolicy?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.ImageList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    getToftDevV1alpha1Image: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Image"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    putToftDevV1alpha1Image: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Image",
                 *       "metadata": {
                 *         "name": "course"
                 *       },
                 *       "spec": {
                 *         "source": {
                 *           "oci": {
                 *             "reference": "localhost:5000/course:1"
                 *           }
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["dev.toft.v1alpha1.Image"];
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Image",
                 *       "metadata": {
                 *         "name": "course"
                 *       },
                 *       "spec": {
                 *         "source": {
                 *           "oci": {
                 *             "reference": "localhost:5000/course:1"
                 *           }
                 *         }
                 *       }
                 *     }
                 */
                "application/yaml": components["schemas"]["dev.toft.v1alpha1.Image"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Image"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    deleteToftDevV1alpha1Image: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Seconds that what runs gets to end by itself. */
                gracePeriodSeconds?: number;
                /** @description Accepted: everything that belongs to an object goes with it. */
                propagationPolicy?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"] | components["schemas"]["dev.toft.v1alpha1.Image"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    patchToftDevV1alpha1Image: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example [
                 *       {
                 *         "op": "add",
                 *         "path": "/metadata/labels",
                 *         "value": {
                 *           "course": "rust"
                 *         }
                 *       }
                 *     ]
                 */
                "application/json-patch+json": {
                    from?: string;
                    /** @enum {string} */
                    op: "add" | "remove" | "replace" | "move" | "copy" | "test";
                    path: string;
                    value?: unknown;
                }[];
                /**
                 * @example {
                 *       "metadata": {
                 *         "labels": {
                 *           "course": "rust"
                 *         }
                 *       }
                 *     }
                 */
                "application/merge-patch+json": Record<string, never>;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Image"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    getToftDevV1alpha1StatusImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Image"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    listToftDevV1alpha1NamespacedSnapshot: {
        parameters: {
            query?: {
                /** @description Sends bookmarks now and then. */
                allowWatchBookmarks?: boolean;
                /** @description Goes on with a list, by what its last part said. */
                continue?: string;
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /**
                 * @description At most so many; the answer says how to go on.
                 * @example 50
                 */
                limit?: number;
                /** @description Watches from here on; 410 where that is too long ago. */
                resourceVersion?: string;
                /** @description Accepted: lists are always of now. */
                resourceVersionMatch?: string;
                /** @description Ends a watch after so long. */
                timeoutSeconds?: number;
                /** @description Streams changes, one JSON object a line. */
                watch?: boolean;
            };
            header?: never;
            path: {
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.SnapshotList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    postToftDevV1alpha1NamespacedSnapshot: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Snapshot",
                 *       "metadata": {
                 *         "name": "new"
                 *       },
                 *       "spec": {
                 *         "workspace": "dev"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["dev.toft.v1alpha1.Snapshot"];
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Snapshot",
                 *       "metadata": {
                 *         "name": "new"
                 *       },
                 *       "spec": {
                 *         "workspace": "dev"
                 *       }
                 *     }
                 */
                "application/yaml": components["schemas"]["dev.toft.v1alpha1.Snapshot"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Snapshot"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    deletecollectionToftDevV1alpha1NamespacedSnapshot: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /** @description Seconds that what runs gets to end by itself. */
                gracePeriodSeconds?: number;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /** @description Accepted: everything that belongs to an object goes with it. */
                propagationPolicy?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.SnapshotList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    getToftDevV1alpha1NamespacedSnapshot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Snapshot"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    putToftDevV1alpha1NamespacedSnapshot: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Snapshot",
                 *       "metadata": {
                 *         "name": "course"
                 *       },
                 *       "spec": {
                 *         "workspace": "dev"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["dev.toft.v1alpha1.Snapshot"];
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Snapshot",
                 *       "metadata": {
                 *         "name": "course"
                 *       },
                 *       "spec": {
                 *         "workspace": "dev"
                 *       }
                 *     }
                 */
                "application/yaml": components["schemas"]["dev.toft.v1alpha1.Snapshot"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Snapshot"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    deleteToftDevV1alpha1NamespacedSnapshot: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Seconds that what runs gets to end by itself. */
                gracePeriodSeconds?: number;
                /** @description Accepted: everything that belongs to an object goes with it. */
                propagationPolicy?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"] | components["schemas"]["dev.toft.v1alpha1.Snapshot"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    patchToftDevV1alpha1NamespacedSnapshot: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example [
                 *       {
                 *         "op": "add",
                 *         "path": "/metadata/labels",
                 *         "value": {
                 *           "course": "rust"
                 *         }
                 *       }
                 *     ]
                 */
                "application/json-patch+json": {
                    from?: string;
                    /** @enum {string} */
                    op: "add" | "remove" | "replace" | "move" | "copy" | "test";
                    path: string;
                    value?: unknown;
                }[];
                /**
                 * @example {
                 *       "metadata": {
                 *         "labels": {
                 *           "course": "rust"
                 *         }
                 *       }
                 *     }
                 */
                "application/merge-patch+json": Record<string, never>;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Snapshot"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    getToftDevV1alpha1NamespacedStatusSnapshot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Snapshot"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    listToftDevV1alpha1NamespacedWorkspace: {
        parameters: {
            query?: {
                /** @description Sends bookmarks now and then. */
                allowWatchBookmarks?: boolean;
                /** @description Goes on with a list, by what its last part said. */
                continue?: string;
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /**
                 * @description At most so many; the answer says how to go on.
                 * @example 50
                 */
                limit?: number;
                /** @description Watches from here on; 410 where that is too long ago. */
                resourceVersion?: string;
                /** @description Accepted: lists are always of now. */
                resourceVersionMatch?: string;
                /** @description Ends a watch after so long. */
                timeoutSeconds?: number;
                /** @description Streams changes, one JSON object a line. */
                watch?: boolean;
            };
            header?: never;
            path: {
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.WorkspaceList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    postToftDevV1alpha1NamespacedWorkspace: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Workspace",
                 *       "metadata": {
                 *         "name": "new"
                 *       },
                 *       "spec": {
                 *         "template": "shell",
                 *         "running": false
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["dev.toft.v1alpha1.Workspace"];
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Workspace",
                 *       "metadata": {
                 *         "name": "new"
                 *       },
                 *       "spec": {
                 *         "template": "shell",
                 *         "running": false
                 *       }
                 *     }
                 */
                "application/yaml": components["schemas"]["dev.toft.v1alpha1.Workspace"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Workspace"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    deletecollectionToftDevV1alpha1NamespacedWorkspace: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /** @description Seconds that what runs gets to end by itself. */
                gracePeriodSeconds?: number;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /** @description Accepted: everything that belongs to an object goes with it. */
                propagationPolicy?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.WorkspaceList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    getToftDevV1alpha1NamespacedWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example dev
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Workspace"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    putToftDevV1alpha1NamespacedWorkspace: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example dev
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Workspace",
                 *       "metadata": {
                 *         "name": "dev"
                 *       },
                 *       "spec": {
                 *         "template": "shell",
                 *         "running": false
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["dev.toft.v1alpha1.Workspace"];
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Workspace",
                 *       "metadata": {
                 *         "name": "dev"
                 *       },
                 *       "spec": {
                 *         "template": "shell",
                 *         "running": false
                 *       }
                 *     }
                 */
                "application/yaml": components["schemas"]["dev.toft.v1alpha1.Workspace"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Workspace"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    deleteToftDevV1alpha1NamespacedWorkspace: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Seconds that what runs gets to end by itself. */
                gracePeriodSeconds?: number;
                /** @description Accepted: everything that belongs to an object goes with it. */
                propagationPolicy?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example dev
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"] | components["schemas"]["dev.toft.v1alpha1.Workspace"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    patchToftDevV1alpha1NamespacedWorkspace: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example dev
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example [
                 *       {
                 *         "op": "add",
                 *         "path": "/metadata/labels",
                 *         "value": {
                 *           "course": "rust"
                 *         }
                 *       }
                 *     ]
                 */
                "application/json-patch+json": {
                    from?: string;
                    /** @enum {string} */
                    op: "add" | "remove" | "replace" | "move" | "copy" | "test";
                    path: string;
                    value?: unknown;
                }[];
                /**
                 * @example {
                 *       "metadata": {
                 *         "labels": {
                 *           "course": "rust"
                 *         }
                 *       }
                 *     }
                 */
                "application/merge-patch+json": Record<string, never>;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Workspace"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    getToftDevV1alpha1NamespacedStatusWorkspace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example dev
                 */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Workspace"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    listToftDevV1alpha1ForAllNamespacesSnapshot: {
        parameters: {
            query?: {
                /** @description Sends bookmarks now and then. */
                allowWatchBookmarks?: boolean;
                /** @description Goes on with a list, by what its last part said. */
                continue?: string;
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /**
                 * @description At most so many; the answer says how to go on.
                 * @example 50
                 */
                limit?: number;
                /** @description Watches from here on; 410 where that is too long ago. */
                resourceVersion?: string;
                /** @description Accepted: lists are always of now. */
                resourceVersionMatch?: string;
                /** @description Ends a watch after so long. */
                timeoutSeconds?: number;
                /** @description Streams changes, one JSON object a line. */
                watch?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.SnapshotList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    listToftDevV1alpha1Template: {
        parameters: {
            query?: {
                /** @description Sends bookmarks now and then. */
                allowWatchBookmarks?: boolean;
                /** @description Goes on with a list, by what its last part said. */
                continue?: string;
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /**
                 * @description At most so many; the answer says how to go on.
                 * @example 50
                 */
                limit?: number;
                /** @description Watches from here on; 410 where that is too long ago. */
                resourceVersion?: string;
                /** @description Accepted: lists are always of now. */
                resourceVersionMatch?: string;
                /** @description Ends a watch after so long. */
                timeoutSeconds?: number;
                /** @description Streams changes, one JSON object a line. */
                watch?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.TemplateList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    postToftDevV1alpha1Template: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Template",
                 *       "metadata": {
                 *         "name": "new"
                 *       },
                 *       "spec": {
                 *         "title": "Rust course",
                 *         "image": "course",
                 *         "apps": [
                 *           {
                 *             "name": "terminal",
                 *             "title": "Terminal",
                 *             "kind": "terminal"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["dev.toft.v1alpha1.Template"];
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Template",
                 *       "metadata": {
                 *         "name": "new"
                 *       },
                 *       "spec": {
                 *         "title": "Rust course",
                 *         "image": "course",
                 *         "apps": [
                 *           {
                 *             "name": "terminal",
                 *             "title": "Terminal",
                 *             "kind": "terminal"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/yaml": components["schemas"]["dev.toft.v1alpha1.Template"];
            };
        };
        responses: {
            /** @description OK */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Template"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    deletecollectionToftDevV1alpha1Template: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /** @description Seconds that what runs gets to end by itself. */
                gracePeriodSeconds?: number;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /** @description Accepted: everything that belongs to an object goes with it. */
                propagationPolicy?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.TemplateList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    getToftDevV1alpha1Template: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Template"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    putToftDevV1alpha1Template: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Template",
                 *       "metadata": {
                 *         "name": "course"
                 *       },
                 *       "spec": {
                 *         "title": "Rust course",
                 *         "image": "course",
                 *         "apps": [
                 *           {
                 *             "name": "terminal",
                 *             "title": "Terminal",
                 *             "kind": "terminal"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["dev.toft.v1alpha1.Template"];
                /**
                 * @example {
                 *       "apiVersion": "toft.dev/v1alpha1",
                 *       "kind": "Template",
                 *       "metadata": {
                 *         "name": "course"
                 *       },
                 *       "spec": {
                 *         "title": "Rust course",
                 *         "image": "course",
                 *         "apps": [
                 *           {
                 *             "name": "terminal",
                 *             "title": "Terminal",
                 *             "kind": "terminal"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/yaml": components["schemas"]["dev.toft.v1alpha1.Template"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Template"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    deleteToftDevV1alpha1Template: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Seconds that what runs gets to end by itself. */
                gracePeriodSeconds?: number;
                /** @description Accepted: everything that belongs to an object goes with it. */
                propagationPolicy?: string;
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"] | components["schemas"]["dev.toft.v1alpha1.Template"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    patchToftDevV1alpha1Template: {
        parameters: {
            query?: {
                /**
                 * @description `All` checks everything and changes nothing.
                 * @example All
                 */
                dryRun?: "All";
                /** @description Accepted and not kept: this server tracks no field managers. */
                fieldManager?: string;
                /** @description Accepted: unknown fields are always refused. */
                fieldValidation?: "Ignore" | "Warn" | "Strict";
            };
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example [
                 *       {
                 *         "op": "add",
                 *         "path": "/metadata/labels",
                 *         "value": {
                 *           "course": "rust"
                 *         }
                 *       }
                 *     ]
                 */
                "application/json-patch+json": {
                    from?: string;
                    /** @enum {string} */
                    op: "add" | "remove" | "replace" | "move" | "copy" | "test";
                    path: string;
                    value?: unknown;
                }[];
                /**
                 * @example {
                 *       "metadata": {
                 *         "labels": {
                 *           "course": "rust"
                 *         }
                 *       }
                 *     }
                 */
                "application/merge-patch+json": Record<string, never>;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Template"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    getToftDevV1alpha1StatusTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The object's name.
                 * @example course
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.Template"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
    listToftDevV1alpha1ForAllNamespacesWorkspace: {
        parameters: {
            query?: {
                /** @description Sends bookmarks now and then. */
                allowWatchBookmarks?: boolean;
                /** @description Goes on with a list, by what its last part said. */
                continue?: string;
                /**
                 * @description Selects by fields, as `status.phase=Running`.
                 * @example metadata.name=dev
                 */
                fieldSelector?: string;
                /**
                 * @description Selects by labels, as `course=rust`.
                 * @example course=rust
                 */
                labelSelector?: string;
                /**
                 * @description At most so many; the answer says how to go on.
                 * @example 50
                 */
                limit?: number;
                /** @description Watches from here on; 410 where that is too long ago. */
                resourceVersion?: string;
                /** @description Accepted: lists are always of now. */
                resourceVersionMatch?: string;
                /** @description Ends a watch after so long. */
                timeoutSeconds?: number;
                /** @description Streams changes, one JSON object a line. */
                watch?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["dev.toft.v1alpha1.WorkspaceList"];
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.Status"];
                };
            };
        };
    };
}
