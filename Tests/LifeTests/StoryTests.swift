import Life
import Testing

@Suite("A story is what its seed says")
struct StoryTests {
    @Test("The same seed tells the same story, another one another")
    func seed() {
        let story = LifeStory(seed: 1, people: 120)
        let again = LifeStory(seed: 1, people: 120)
        #expect(story.requests.map(\.bytes) == again.requests.map(\.bytes))
        #expect(story.requests.map(\.timeNanoseconds) == again.requests.map(\.timeNanoseconds))
        #expect(story.sends.map(\.messages) == again.sends.map(\.messages))
        #expect(story.requests.map(\.bytes) != LifeStory(seed: 2, people: 120).requests.map(\.bytes))
    }

    @Test("It is in order, everybody gets both mails, and addresses are loopback's")
    func order() {
        let story = LifeStory(seed: 3, people: 400)
        let times = story.requests.map(\.timeNanoseconds)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(times.last.map { $0 < LifeStory.seconds * 1_000_000_000 } == true)
        for campaign in LifeCampaign.all {
            #expect(story.sends.filter { $0.campaign == campaign }.reduce(0) { $0 + $1.messages } == 400)
        }
        #expect(story.requests.allSatisfy { $0.address >> 24 == 127 })
        #expect(Set(story.requests.map(\.status)) == [200, 302])
    }
}
