// The emoji names that bots use most; others are shown by name.

// without a prototype: ":constructor:" is no emoji
const EMOJI = Object.assign(Object.create(null), {
  fire: "🔥", sunny: "☀️", snowflake: "❄️", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️",
  eyes: "👀", wave: "👋", tada: "🎉", bell: "🔔", no_bell: "🔕", email: "✉️", envelope: "✉️", "e-mail": "📧",
  phone: "☎️", telephone_receiver: "📞", iphone: "📱", link: "🔗", mag: "🔍", bulb: "💡", robot_face: "🤖",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", clock1: "🕐", alarm_clock: "⏰", calendar: "📅", date: "📅",
  large_green_circle: "🟢", large_yellow_circle: "🟡", large_orange_circle: "🟠", red_circle: "🔴", white_circle: "⚪",
  large_blue_circle: "🔵", black_circle: "⚫", star: "⭐", star2: "🌟", thumbsup: "👍", "+1": "👍", thumbsdown: "👎",
  "-1": "👎", clap: "👏", pray: "🙏", raised_hand: "✋", muscle: "💪", heart: "❤️", repeat: "🔁",
  arrows_counterclockwise: "🔄", speech_balloon: "💬", bar_chart: "📊", chart_with_upwards_trend: "📈", sparkles: "✨",
  lock: "🔒", key: "🔑", rotating_light: "🚨", inbox_tray: "📥", outbox_tray: "📤", memo: "📝", pencil: "✏️",
  clipboard: "📋", paperclip: "📎", wastebasket: "🗑️", car: "🚗", wrench: "🔧", hammer: "🔨", house: "🏠",
  moneybag: "💰", trophy: "🏆", question: "❓", exclamation: "❗", information_source: "ℹ️", no_entry: "⛔",
  heavy_plus_sign: "➕", arrow_right: "➡️", point_right: "👉", bust_in_silhouette: "👤", busts_in_silhouette: "👥",
  office: "🏢", zap: "⚡", rocket: "🚀", seedling: "🌱", coffee: "☕", smile: "😄", slightly_smiling_face: "🙂",
  thinking_face: "🤔", construction: "🚧", package: "📦", label: "🏷️", pushpin: "📌", test_tube: "🧪",
});

export const emoji = (name) => EMOJI[name] ?? `:${name}:`;

// The known :names: of a text in place.
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}
