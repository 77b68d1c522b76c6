// Made by `npm run types` from crates/server/openapi/toft.json. Do not edit.

export interface paths {
    "/api/toft/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the audit log, newest first. */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/authorize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Carry a sign-in to an app's host. */
        get: operations["authorize"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/ca.pem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The certificate of Toft's own authority. */
        get: operations["getCa"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at everything that can be wrong, and say what to do. */
        get: operations["doctor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/host": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this machine is, has, has set aside, and has free. */
        get: operations["getHost"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/images/gc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove the images that nothing needs. */
        post: operations["collectImages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in with the code of a login link; sets the session's cookie. */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/login-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a link that signs a person in once. */
        post: operations["createLoginLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the browser's session. */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in, and how. */
        get: operations["me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sign in by a link of `open` and go on to the app. */
        get: operations["followOpenLink"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the browsers that the caller is signed in with. */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Sign one of the caller's browsers out. */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List API tokens, without their secrets. */
        get: operations["listTokens"];
        put?: never;
        /** Make an API token; it is shown this once. */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take an API token back. */
        delete: operations["deleteToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What every running workspace uses. */
        get: operations["listUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/toft/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the people that the caller may see. */
        get: operations["listUsers"];
        put?: never;
        /** Add a person, and make their first login link. */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/images/{name}/pull": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Fetch an image anew. */
        post: operations["pullImage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/exec": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Run a command, or attach to one (WebSocket). */
        get: operations["exec"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at, list, read or pack files. */
        get: operations["readFiles"];
        /** Write a file, with `If-Match` only over the version that a read answered as `ETag`; or unpack an archive. */
        put: operations["writeFiles"];
        /** Make a directory, or rename. */
        post: operations["changeFiles"];
        /** Remove a file or directory. */
        delete: operations["deleteFiles"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read what an app, or the first process, has written. */
        get: operations["logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a link into an app that signs in once. */
        post: operations["open"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/terminal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Open a terminal, or attach to one (WebSocket). */
        get: operations["terminal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/terminals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the terminals that live. */
        get: operations["listTerminals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/terminals/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a terminal and what runs in it. */
        delete: operations["deleteTerminal"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/apis/toft.dev/v1alpha1/namespaces/{namespace}/workspaces/{name}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the workspace uses, and the last half hour of it. */
        get: operations["getUsage"];
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
        Problem: {
            detail: string;
            hint?: string;
            /** Format: int64 */
            status: number;
            title: string;
            type: string;
        };
        /** @description How a request went. */
        Status: {
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
    listAudit: {
        parameters: {
            query?: {
                /** @description Only entries before this id. */
                before?: number;
                /**
                 * @description At most so many.
                 * @example 50
                 */
                limit?: number;
                /** @description Only what this person did. */
                user?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Newest first. */
                        items: {
                            action: string;
                            actor: string;
                            at: string;
                            /** @description An address, or `local`. */
                            from: string;
                            /** Format: int64 */
                            id: number;
                            /** @description `ok`, or why not. */
                            outcome: string;
                            subject: string;
                        }[];
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    authorize: {
        parameters: {
            query: {
                /** @description The app's host. */
                host: string;
                /** @description Where to go on. */
                path?: string;
                /** @description What ties the answer to the browser. */
                state: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCa: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-pem-file": string;
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    doctor: {
        parameters: {
            query?: {
                /**
                 * @description Look at this one instead of the host: OWNER/NAME.
                 * @example admin/dev
                 */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        checks: {
                            detail: string;
                            fix: string;
                            name: string;
                            /** @enum {string} */
                            verdict: "ok" | "warn" | "fail";
                        }[];
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHost: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        capacity: {
                            /** Format: int64 */
                            cpuMilli: number;
                            /** Format: int64 */
                            diskBytes: number;
                            /** Format: int64 */
                            memoryBytes: number;
                        };
                        domain: string;
                        free: {
                            /** Format: int64 */
                            cpuMilli: number;
                            /** Format: int64 */
                            diskBytes: number;
                            /** Format: int64 */
                            memoryBytes: number;
                        };
                        host: string;
                        instance: string;
                        reserved: {
                            /** Format: int64 */
                            cpuMilli: number;
                            /** Format: int64 */
                            diskBytes: number;
                            /** Format: int64 */
                            memoryBytes: number;
                        };
                        urls: string[];
                        version: string;
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    collectImages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        removed: {
                            /** Format: int64 */
                            bytes: number;
                            digest: string;
                        }[];
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description As it stands in the link. */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The namespace of one's own. */
                        namespace: string;
                        /** @description Whether the credential is for reading only. */
                        readOnly: boolean;
                        /**
                         * @description `admin` or `member`.
                         *
                         *     admin: Runs the site.
                         *     member: Works on it.
                         * @enum {string}
                         */
                        role: "admin" | "member";
                        /** @description The name. */
                        user: string;
                        /**
                         * @description How that is known: `socket`, `session` or `token`.
                         *
                         *     socket: Through the local socket, which only root and its group can open.
                         *     session: By the cookie of a browser.
                         *     token: By an API token.
                         * @enum {string}
                         */
                        via: "socket" | "session" | "token";
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createLoginLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The caller, where nobody is named. */
                    user?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Until when. */
                        expiresAt: string;
                        /** @description The best first. */
                        links: string[];
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The namespace of one's own. */
                        namespace: string;
                        /** @description Whether the credential is for reading only. */
                        readOnly: boolean;
                        /**
                         * @description `admin` or `member`.
                         *
                         *     admin: Runs the site.
                         *     member: Works on it.
                         * @enum {string}
                         */
                        role: "admin" | "member";
                        /** @description The name. */
                        user: string;
                        /**
                         * @description How that is known: `socket`, `session` or `token`.
                         *
                         *     socket: Through the local socket, which only root and its group can open.
                         *     session: By the cookie of a browser.
                         *     token: By an API token.
                         * @enum {string}
                         */
                        via: "socket" | "session" | "token";
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followOpenLink: {
        parameters: {
            query: {
                /** @description The one-time code. */
                code: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            302: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Newest first. */
                        items: {
                            address: string;
                            agent: string;
                            createdAt: string;
                            /** @description Whether it is the one that asks. */
                            current: boolean;
                            expiresAt: string;
                            id: string;
                            lastSeenAt: string;
                        }[];
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Newest first. */
                        items: {
                            createdAt: string;
                            expiresAt: string | null;
                            id: string;
                            lastUsedAt: string | null;
                            name: string;
                            readOnly: boolean;
                            user: string;
                        }[];
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description How long it is good; for ever where nothing is said. */
                    expiresInSeconds?: number;
                    /** @description What its owner calls it. */
                    name: string;
                    /**
                     * @description Whether it is for reading only.
                     * @default false
                     */
                    readOnly?: boolean;
                    /** @description For whom; the caller, where nobody is named. */
                    user?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        name: string;
                        /** @description Shown this once; kept nowhere. */
                        token: string;
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /** Format: date-time */
                            at: string;
                            /** Format: int64 */
                            cpuLimitMilli: number | null;
                            /** Format: int64 */
                            cpuMilli: number;
                            /** Format: int64 */
                            diskBytes: number | null;
                            /** Format: int64 */
                            diskLimitBytes: number | null;
                            /** Format: int64 */
                            memoryBytes: number;
                            /** Format: int64 */
                            memoryLimitBytes: number | null;
                            name: string;
                            namespace: string;
                            /** Format: int64 */
                            pids: number;
                            /** Format: int64 */
                            pidsLimit: number | null;
                        }[];
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description By name. */
                        items: {
                            /** @description Since when. */
                            createdAt: string;
                            /** @description The name, which is the namespace too. */
                            name: string;
                            /** @description `admin` or `member`. */
                            role: string;
                        }[];
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A DNS label of at most 19 characters. */
                    name: string;
                    /**
                     * @description `member` where nothing is said.
                     *
                     *     admin: Runs the site.
                     *     member: Works on it.
                     * @default member
                     * @enum {string}
                     */
                    role?: "admin" | "member";
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        expiresAt: string;
                        links: string[];
                        name: string;
                        /** @enum {string} */
                        role: "admin" | "member";
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pullImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example course */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        apiVersion: string;
                        kind: string;
                        metadata: Record<string, never>;
                        spec: Record<string, never>;
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    exec: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A WebSocket */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    readFiles: {
        parameters: {
            query: {
                /** @description What to do; `read` where nothing is said. */
                op?: "read" | "stat" | "list" | "tar";
                /**
                 * @description Absolute, or relative to the user's home.
                 * @example notes.txt
                 */
                path: string;
                /** @description On whose behalf; the workspace's user where nobody is named. */
                user?: string;
            };
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        entries: {
                            directory: boolean;
                            /** Format: int64 */
                            gid: number;
                            /** @enum {string} */
                            kind: "file" | "dir" | "symlink" | "other";
                            /** Format: int64 */
                            mode: number;
                            /** Format: date-time */
                            mtime: string;
                            name: string;
                            /** Format: int64 */
                            size: number;
                            target?: string;
                            /** Format: int64 */
                            uid: number;
                        }[];
                        /** @description Whether there are more than are listed. */
                        truncated?: boolean;
                    };
                    "application/octet-stream": string;
                    "application/x-tar": string;
                };
            };
            /** @description Done */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description Done */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    writeFiles: {
        parameters: {
            query: {
                /**
                 * @description Octal, as 0644.
                 * @example 0644
                 */
                mode?: string;
                /**
                 * @description What the body is; `write`, a file, where nothing is said.
                 * @example write
                 */
                op?: "write" | "tar";
                /** @description Make missing directories. */
                parents?: boolean;
                /**
                 * @description Absolute, or relative to the user's home.
                 * @example notes.txt
                 */
                path: string;
                /** @description On whose behalf; the workspace's user where nobody is named. */
                user?: string;
            };
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        entries: {
                            directory: boolean;
                            /** Format: int64 */
                            gid: number;
                            /** @enum {string} */
                            kind: "file" | "dir" | "symlink" | "other";
                            /** Format: int64 */
                            mode: number;
                            /** Format: date-time */
                            mtime: string;
                            name: string;
                            /** Format: int64 */
                            size: number;
                            target?: string;
                            /** Format: int64 */
                            uid: number;
                        }[];
                        /** @description Whether there are more than are listed. */
                        truncated?: boolean;
                    } | {
                        /** Format: int64 */
                        bytes: number;
                        /** Format: int64 */
                        entries: number;
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    changeFiles: {
        parameters: {
            query: {
                /** @description Octal, as 0755. */
                mode?: string;
                /**
                 * @description What to do.
                 * @example mkdir
                 */
                op: "mkdir" | "rename";
                /**
                 * @description Absolute, or relative to the user's home.
                 * @example folder
                 */
                path: string;
                /** @description The new path. */
                to?: string;
                /** @description On whose behalf; the workspace's user where nobody is named. */
                user?: string;
            };
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    deleteFiles: {
        parameters: {
            query: {
                /**
                 * @description Absolute, or relative to the user's home.
                 * @example notes.txt
                 */
                path: string;
                /** @description `false`: only an empty directory. */
                recursive?: boolean;
                /** @description On whose behalf; the workspace's user where nobody is named. */
                user?: string;
            };
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    logs: {
        parameters: {
            query?: {
                /** @description Which app. */
                app?: string;
                /** @description Go on with what comes. */
                follow?: boolean;
                /**
                 * @description Only the last lines.
                 * @example 100
                 */
                tail?: number;
            };
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    open: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description An app's name or a port; the first app where nothing is said. */
                    app?: string | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        expiresAt: string;
                        target: string;
                        url: string;
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    terminal: {
        parameters: {
            query?: {
                /**
                 * @description Columns.
                 * @example 80
                 */
                cols?: number;
                /** @description Where a new one begins. */
                cwd?: string;
                /** @description How much of its output is known. */
                offset?: number;
                /**
                 * @description Rows.
                 * @example 24
                 */
                rows?: number;
                /** @description Which one to attach to. */
                session?: string;
            };
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A WebSocket */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    listTerminals: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            alive: boolean;
                            /** Format: int64 */
                            attached: number;
                            /** Format: int64 */
                            cols: number;
                            command: string[];
                            /** Format: date-time */
                            createdAt: string;
                            /** Format: date-time */
                            lastOutputAt: string;
                            /** Format: int64 */
                            rows: number;
                            session: string;
                            title: string;
                        }[];
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    deleteTerminal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
    getUsage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example dev */
                name: string;
                /** @example admin */
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        at: string;
                        /** Format: int64 */
                        cpuLimitMilli: number | null;
                        /** Format: int64 */
                        cpuMilli: number;
                        /** Format: int64 */
                        diskBytes: number | null;
                        /** Format: int64 */
                        diskLimitBytes: number | null;
                        history: {
                            /** Format: date-time */
                            at: string;
                            /** Format: int64 */
                            cpuMilli: number;
                            /** Format: int64 */
                            memoryBytes: number;
                        }[];
                        /** Format: int64 */
                        memoryBytes: number;
                        /** Format: int64 */
                        memoryLimitBytes: number | null;
                        /** Format: int64 */
                        pids: number;
                        /** Format: int64 */
                        pidsLimit: number | null;
                    };
                };
            };
            /** @description Refused */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
        };
    };
}
