-- Healthy: the pool assigns ports. Degraded: waiting will not help; the message states what would.
-- Progressing: everything else, such as a pool without nodes for now, or an operator that is down.
local hs = {
  status = "Progressing",
  message = "the operator of PortClaim has not seen this yet",
}
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return hs
end
local conditions = {}
for _, condition in ipairs(obj.status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready = conditions["Ready"]
local stalled = conditions["Stalled"]
if stalled ~= nil and stalled.status == "True" then
  hs.status = "Degraded"
  hs.message = stalled.message
elseif ready ~= nil then
  hs.message = ready.message
  if ready.status == "True" then
    hs.status = "Healthy"
  end
end
return hs
