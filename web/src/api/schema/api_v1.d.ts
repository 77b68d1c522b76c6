// Made by `npm run types` from crates/server/openapi/api_v1.json. Do not edit.

export interface paths {
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List or watch events. */
        get: operations["listCoreV1ForAllNamespacesEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/namespaces": {
        parameters: {
            query?: {
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
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Owners: one namespace for every person. */
        get: operations["listCoreV1Namespace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/namespaces/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The person's name.
                 * @example admin
                 */
                name: string;
            };
            cookie?: never;
        };
        /** Owners: one namespace for every person. */
        get: operations["getCoreV1Namespace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/namespaces/{namespace}/events": {
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
        /** List or watch events. */
        get: operations["listCoreV1NamespacedEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/namespaces/{namespace}/events/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The object's name. */
                name: string;
                /**
                 * @description The owner.
                 * @example admin
                 */
                namespace: string;
            };
            cookie?: never;
        };
        /** Read event. */
        get: operations["getCoreV1NamespacedEvent"];
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
        /** @description What happened to an object, told once and counted when it happens again. */
        "io.k8s.api.core.v1.Event": {
            /** @description Always `v1`. */
            apiVersion: string;
            /** @description How often. */
            count: number;
            /** @description When it happened first. */
            firstTimestamp: string;
            /** @description The object that it happened to. */
            involvedObject: {
                /** @description Its `apiVersion`. */
                apiVersion: string;
                /** @description Its kind. */
                kind: string;
                /** @description Its name. */
                name: string;
                /** @description Its owner. */
                namespace?: string;
                /** @description Its uid. */
                uid?: string;
            };
            /** @description Always `Event`. */
            kind: string;
            /** @description When it happened last. */
            lastTimestamp: string;
            /** @description A sentence for people. */
            message: string;
            /** @description Its own name; the namespace is that of the object. */
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
            /** @description One word in CamelCase for programs: `Started`. */
            reason: string;
            /**
             * @description Who tells.
             * @default {}
             */
            source?: {
                /** @description The part of Toft. */
                component?: string;
            };
            /**
             * @description `Normal` or `Warning`.
             *
             *     Normal: As it should be.
             *     Warning: Not as it should be.
             * @enum {string}
             */
            type: "Normal" | "Warning";
        };
        /** @description A list of events. */
        "io.k8s.api.core.v1.EventList": {
            apiVersion: string;
            items: components["schemas"]["io.k8s.api.core.v1.Event"][];
            kind: string;
            metadata: components["schemas"]["io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"];
        };
        /** @description An owner: every person has one. Made and removed with the person. */
        "io.k8s.api.core.v1.Namespace": {
            apiVersion?: string;
            kind?: string;
            metadata?: {
                name?: string;
            };
            status?: {
                phase?: string;
            };
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
    listCoreV1ForAllNamespacesEvent: {
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
                    "application/json": components["schemas"]["io.k8s.api.core.v1.EventList"];
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
    listCoreV1Namespace: {
        parameters: {
            query?: {
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
                    "application/json": components["schemas"]["io.k8s.api.core.v1.Namespace"];
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
    getCoreV1Namespace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The person's name.
                 * @example admin
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
                    "application/json": components["schemas"]["io.k8s.api.core.v1.Namespace"];
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
    listCoreV1NamespacedEvent: {
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
                    "application/json": components["schemas"]["io.k8s.api.core.v1.EventList"];
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
    getCoreV1NamespacedEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The object's name. */
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
                    "application/json": components["schemas"]["io.k8s.api.core.v1.Event"];
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
