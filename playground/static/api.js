// The playground's user-side API: one function a call.

/** What the server refused, in its own words. */
export class ApiError extends Error {}

async function call(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(`/play/api${path}`, options);
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(data.error ?? data.description ?? data.detail ?? `HTTP ${answer.status}`);
  return data;
}

const query = (values) =>
  new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== null)).toString();

const messagePath = (message) => `/chats/${message.chat.id}/messages/${message.message_id}`;

export const getState = (as) => call("GET", `/state?${query({ as })}`);
export const getMessages = (chat, range) => call("GET", `/chats/${chat}/messages?${query(range)}`);
export const sendMessage = (chat, message) => call("POST", `/chats/${chat}/messages`, message);
export const editMessage = (message, as, text) =>
  call("PATCH", messagePath(message), message.text === undefined ? { as, caption: text } : { as, text });
export const deleteMessage = (message, as) => call("DELETE", messagePath(message), { as });
export const react = (message, as, emoji) => call("POST", `${messagePath(message)}/reactions`, { as, emoji });
export const press = (message, as, data) => call("POST", `${messagePath(message)}/press`, { as, data });
export const askInline = (question) => call("POST", "/inline", question);
export const chooseInline = (chat, choice) => call("POST", `/chats/${chat}/inline`, choice);
export const start = (as, parameter) => call("POST", "/start", { as, parameter });
export const changeMember = (chat, as, action, user) => call("POST", `/chats/${chat}/members`, { as, action, user });
export const makeChat = (chat) => call("POST", "/chats", chat);
export const addTopic = (chat, as, name) => call("POST", `/chats/${chat}/topics`, { as, name });
export const upgrade = (chat, as) => call("POST", `/chats/${chat}/upgrade`, { as });
export const getCommands = (chat, language, as) => call("GET", `/commands?${query({ chat, language, as })}`);
export const setPrivacy = (on) => call("POST", "/privacy", { on });
export const addFault = (fault) => call("POST", "/faults", fault);
export const clearFaults = () => call("DELETE", "/faults");
export const getRequests = (since) => call("GET", `/requests?${query({ since })}`);
export const fileUrl = (fileId) => `/play/api/files/${encodeURIComponent(fileId)}`;
