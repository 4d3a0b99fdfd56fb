// The control API; a rejected request is an Error with the sandbox's message.

export async function control(path, method = "GET", body = undefined) {
  const response = await fetch(path, { method, body: body && JSON.stringify(body) });
  const value = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(value.error.message);
  return value;
}
