import type { FastifyRequest } from 'fastify';
import { type AdminError, refuse } from '../routes/admin-error.ts';
import { isLocal } from '../routes/admin-scope.ts';
import { isOfSameUser } from './same-user.ts';
import type { Sessions } from './sessions.ts';

/** Sent by the page with whatever changes something: no page from elsewhere can, without being asked about first (Fetch, CORS). */
const pageHeader = 'x-hotpath-dashboard';

const signInFirst = refuse(
  401,
  'DASHBOARD_SIGN_IN',
  'Sign in with the admin key: it is HOTPATH_ADMIN_KEY, or in the file admin.key of the state folder.',
);
const otherPage = refuse(403, 'DASHBOARD_OTHER_PAGE', 'This answers the dashboard itself, and no page from elsewhere.');
const noHeader = refuse(
  403,
  'DASHBOARD_OTHER_PAGE',
  `This changes something, and no page from elsewhere may: send the header "${pageHeader}: 1" with it.`,
);

/** Whether a browser says that the request is of the page itself, or that somebody typed its address. What is no browser says nothing. */
const isOwnPage = ({ headers }: FastifyRequest): boolean =>
  headers['sec-fetch-site'] === undefined || ['same-origin', 'none'].includes(String(headers['sec-fetch-site']));

/** Says who may not: whoever is neither signed in nor this user on this machine, and pages from elsewhere. */
export const createAccess =
  (sessions: Sessions | undefined) =>
  (request: FastifyRequest): AdminError | undefined => {
    if (!isOwnPage(request)) return otherPage;
    const isSafe = request.method === 'GET' || request.method === 'HEAD';
    if (!isSafe && request.headers[pageHeader] === undefined) return noHeader;
    const isIn = sessions?.has(request.headers) === true || (isLocal(request) && isOfSameUser(request.raw.socket));
    return isIn ? undefined : signInFirst;
  };
